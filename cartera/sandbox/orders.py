"""What a merchant asks the simulated gateway to charge, and whether it was the merchant who did."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

from cartera.sandbox.account import Account, same

LONGEST = 2000
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_AMOUNT = re.compile(r"(0|[1-9]\d{0,14})(\.\d{1,4})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"

#: malformed: values that cannot be. unsigned: the signature is not of these values.
Wrong = Literal["malformed", "unsigned"]


class BadOrder(Exception):  # named for the situation
    """An order that is not taken; `why` says it."""

    def __init__(self, why: Wrong) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Asked:
    """An order, its signature checked. The fields are what is signed, in this order."""

    reference: str
    amount: str
    currency: str
    expires_at: str
    return_url: str
    description: str
    language: str
    email: str

    @property
    def ends(self) -> datetime:
        """From when on nobody can pay it."""
        return datetime.strptime(self.expires_at, _MOMENT).replace(tzinfo=UTC)

    def back(self, transaction_id: str = "") -> str:
        """Where the browser goes back to; nothing of it proves anything."""
        parts = urlsplit(self.return_url)
        added = urlencode({"id": transaction_id, "env": "sandbox"}) if transaction_id else ""
        return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, added)))))

    @property
    def back_origin(self) -> str:
        """Scheme and host of `return_url`, as a content policy names them."""
        parts = urlsplit(self.return_url)
        return f"{parts.scheme}://{parts.netloc}"


NAMES = tuple(one.name for one in fields(Asked))


def read(given: Iterable[tuple[str, str]], account: Account) -> Asked:
    """The order in the values of an address or a form. Raises `BadOrder`.

    Every name stands there once: of two values one would be signed and the other charged.
    """
    pairs = [(name, value) for name, value in given if name in (*NAMES, "signature")]
    values = dict(pairs)
    if len(values) != len(pairs) or set(values) != {*NAMES, "signature"}:
        raise BadOrder("malformed")
    asked = Asked(**{name: values[name] for name in NAMES})
    if any(len(text) > LONGEST or not text.isprintable() for text in astuple(asked)):
        raise BadOrder("malformed")
    if not same(values["signature"], account.signed(list(astuple(asked)))):
        raise BadOrder("unsigned")
    if not _makes_sense(asked):
        raise BadOrder("malformed")
    return asked


def _makes_sense(asked: Asked) -> bool:
    target = urlsplit(asked.return_url)
    try:
        _ = asked.ends
    except ValueError:
        return False
    return bool(
        _REFERENCE.fullmatch(asked.reference)
        and _AMOUNT.fullmatch(asked.amount)
        and Decimal(asked.amount) > 0
        and _CURRENCY.fullmatch(asked.currency)
        and target.scheme in ("http", "https")
        and re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", target.netloc)
        and asked.language in ("es", "en")
    )
