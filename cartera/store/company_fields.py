"""What a company's settings may be: every field cleaned and checked, each refusal by its name.

Names are those of `Company` and `MailProfile`, and `text.KIND.LANGUAGE` for the words of a kind
of message: a pair of subject and body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

from cartera.config import Company
from cartera.errors import UsageError
from cartera.i18n import LANGUAGES
from cartera.mail import addresses, clean
from cartera.mail.outgoing import TEXT_KINDS
from cartera.mail.profile import MailProfile
from cartera.mail.refusal import Refusal
from cartera.money import currency_decimals
from cartera.render.text import clean as one_line
from cartera.render.text import safe_url

#: Who a company is cannot be saved, its logo is a file, and the moment follows from its switch.
COMPANY_FIELDS = frozenset(Company.model_fields) - {"id", "logo"}
MAIL_FIELDS = frozenset(MailProfile.model_fields) - {"new_invoices_since"}
SINCE = "new_invoices_since"
LONGEST_LINE = 200
_HOST = re.compile(r"https?://[^\s/:@]+\.[^\s/:@]+(?::\d{1,5})?(?:[/?#]|$)")
#: Why a value is wrong; English texts of `cartera/locale/*/records.po`.
WRONG: dict[str, str] = {
    "buckets": "give 1 to 12 limits in days, each larger than the one before: 30, 60, 90",
    "closed_until": "give a day such as 2026-10-31",
    "color": "give a colour such as #1f6f6b",
    "link_days": "give a number of days from 1 to 120",
    "keep_files_days": "give a number of days from 0 to 36,600",
    "per_minute": "give a number from 1 to 60,000",
    "keep_days": "give a number of days from 1 to 3,660",
}
CANNOT_BE_USED = "this value cannot be used"


class SettingsRefused(UsageError):
    """Some of what was to be saved is wrong, so nothing was; `fields` says what, by name."""

    def __init__(self, fields: Mapping[str, Refusal]) -> None:
        super().__init__("; ".join(f"{name}: {refusal}" for name, refusal in fields.items()))
        self.fields = dict(fields)


def text_name(kind: str, language: str) -> str:
    """The name under which the words of a kind of message are kept."""
    return f"text.{kind}.{language}"


TEXT_FIELDS = frozenset(text_name(kind, language) for kind in TEXT_KINDS for language in LANGUAGES)


def checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept; None stays None. Raises `SettingsRefused` with all that is
    wrong, not only the first.
    """
    good: dict[str, Any] = {}
    wrong: dict[str, Refusal] = {}
    for name, value in changes.items():
        try:
            good[name] = None if value is None else _checked(name, value)
        except Refusal as refusal:
            wrong[name] = refusal
    for model, names in ((Company, COMPANY_FIELDS), (MailProfile, MAIL_FIELDS)):
        given = {n: v for n, v in good.items() if n in names and v is not None}
        found, refused = _by_model(model, given)
        good |= found
        wrong |= refused
    if wrong:
        raise SettingsRefused(wrong)
    return good


def usable(model: type[BaseModel], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Of what is kept, what the model takes: an old value must not close every page."""
    found = {name: value for name, value in kept.items() if name in model.model_fields}
    try:
        model(**found)
    except ValidationError as error:
        bad = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
        return {name: value for name, value in found.items() if name not in bad}
    return found


def _by_model(
    model: type[BaseModel], given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Refusal]]:
    """The values as the model understands them, and those that it refuses."""
    try:
        whole = model(**given)
    except ValidationError as error:
        names = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
        return {}, {name: Refusal(WRONG.get(name, CANNOT_BE_USED)) for name in names}
    kept = whole.model_dump(mode="json")
    return {name: kept[name] for name in given}, {}


def _checked(name: str, value: Any) -> Any:
    if name in TEXT_FIELDS:
        return _text(value)
    if name == "reminder_senders":
        return _senders(value)
    if name not in COMPANY_FIELDS | MAIL_FIELDS:
        raise Refusal("there is no such setting")
    check = _CHECKS.get(name)
    if check is None:
        return value
    if not isinstance(value, str):
        raise Refusal(CANNOT_BE_USED)
    return check(value)


def _senders(value: Any) -> dict[str, str]:
    """An address for each level that has one of its own."""
    if not isinstance(value, Mapping):
        raise Refusal(CANNOT_BE_USED)
    checked = {str(level): _address(str(address)) for level, address in value.items()}
    return {level: address for level, address in checked.items() if address}


def _text(value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise Refusal(CANNOT_BE_USED)
    subject, body = (str(part) for part in value)
    cleaned = clean.body(body)
    if clean.is_empty(cleaned):
        raise Refusal("the text is empty")
    return [clean.subject(subject), cleaned]


def _line(value: str) -> str:
    shown = one_line(value)
    if len(shown) > LONGEST_LINE:
        raise Refusal("at most {most} characters fit", most=LONGEST_LINE)
    return shown


def _name(value: str) -> str:
    shown = clean.name(value)
    if not shown:
        raise Refusal("the company needs a name")
    return shown


def _address(value: str) -> str:
    return addresses.normal(value) if value.strip() else ""


def _website(value: str) -> str:
    shown = one_line(value)
    if shown and "://" not in shown:
        shown = f"https://{shown}"
    if shown and not (safe_url(shown) and _HOST.match(shown)):
        raise Refusal("this is no web address")
    return shown


def _country(value: str) -> str:
    code = value.strip().upper()
    if code not in _countries():
        raise Refusal("give a country's two letters, such as CO")
    return code


def _timezone(value: str) -> str:
    from zoneinfo import available_timezones

    if value not in available_timezones():
        raise Refusal("there is no such time zone")
    return value


def _currency(value: str) -> str:
    code = value.strip().upper()
    if code not in currency_decimals():
        raise Refusal("give a currency's three letters, such as COP")
    return code


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    from babel import Locale

    codes = map(str, Locale("en").territories)
    return frozenset(code for code in codes if re.fullmatch("[A-Z]{2}", code))


_CHECKS: dict[str, Callable[[str], str]] = {
    "name": _name,
    "tax_id": _line,
    "address": _line,
    "phone": _line,
    "email": _address,
    "website": _website,
    "country": _country,
    "timezone": _timezone,
    "currency": _currency,
    "test_address": _address,
    "sender_name": clean.name,
    "statement_sender": _address,
    "reminder_sender": _address,
    "reply_to": _address,
}
