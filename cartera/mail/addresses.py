"""Mail addresses as people type them: split, checked without asking anybody, each wrong one named.

The normal form is what is stored, compared and put on the envelope: all in small letters, its
domain in ASCII (`münich.de` is `xn--mnich-kva.de`, so a domain that only looks like another one
does not look like it any more). No server tells `Ana@` from `ana@`, though it could.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cartera.mail.refusal import Refusal
from cartera.render.text import clip, visible

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

#: Addresses in one field; a list that is longer is a mailing.
MOST = 50
#: RFC 5321, 4.5.3.1.3: a path of 256 with its angle brackets.
LONGEST = 254
#: Why an address is wrong; English texts of `cartera/locale/*/mail.po`.
NO_AT = "it has no @"
TOO_LONG = "it is too long"
BAD_DOMAIN = "what follows the @ is no domain that can get mail"
BAD_NAME = "what stands before the @ is no name of a mailbox"
NOT_ASCII = "the name before the @ has letters that few mail servers take"
TOO_MANY = "there are more than 50 addresses"
REASONS = (NO_AT, TOO_LONG, BAD_DOMAIN, BAD_NAME, NOT_ASCII, TOO_MANY)
#: `"Gómez, Ana" <ana@empresa.co>`, or whatever stands between two separators.
_PART = re.compile(
    r"""((?:"[^"\r\n]{0,200}"|[^<>@,;/\r\n"]{0,200})\s{0,9}<[^<>\r\n]{1,300}>|[^,;/\r\n]+)"""
)
#: Without one of these there is nothing but addresses and semicolons.
_OTHER_SEPARATORS = re.compile(r"""[,/\s<>"']""")
_PLAIN_LOCAL = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*")
_NO_WIDTH = re.compile("[\u200b-\u200d\u2060]")
#: `Ana Gómez <ana@empresa.co>`, as mail programs copy it.
_WITH_NAME = re.compile(r"[^<>@]{0,200}<\s*([^<>\s]{1,300})\s*>")
#: An address that is the same in a header, on the envelope and as it is stored (RFC 5322, 3.2.3:
#: dot-atoms): nearly every one. Python's libraries parse each of them letter by letter.
_PLAIN = re.compile(r"[\w+-]+(\.[\w+-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)


def is_plain(address: str) -> bool:
    """Whether nothing in this address has to be quoted anywhere."""
    return _PLAIN.fullmatch(address) is not None


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was typed, made harmless to show, and why it is no address (one of `REASONS`)."""

    text: str
    reason: str


def parse(text: str) -> tuple[list[str], list[Wrong]]:
    """Addresses of a field (`split`), in their order and each once, and what in it is none.

    >>> parse("Ana@Empresa.co, pedro")
    (['ana@empresa.co'], [Wrong(text='pedro', reason='it has no @')])
    """
    good: dict[str, None] = {}
    wrong: list[Wrong] = []
    for part in split(text[: (MOST + 1) * (LONGEST + 100)]):
        if len(good) + len(wrong) >= MOST:
            wrong.append(Wrong(clip(part, 60), TOO_MANY))
            break
        try:
            good[_normal(part)] = None
        except Refusal as refusal:
            wrong.append(Wrong(clip(part, 60), refusal.sentence))
    return list(good), wrong


def split(text: str) -> list[str]:
    """The addresses of a field, or what stands in their places: the one way everywhere.

    Semicolons, commas, slashes, lines and spaces separate them. A name before an address in angle
    brackets belongs to it; words none of which is an address stay together, to be shown.

    >>> split('"Gómez, Ana" <ana@b.co>; pedro@b.co/luis@b.co eva@b.co, no tiene')
    ['"Gómez, Ana" <ana@b.co>', 'pedro@b.co', 'luis@b.co', 'eva@b.co', 'no tiene']
    """
    if not _OTHER_SEPARATORS.search(text):
        return [part for part in text.split(";") if part]
    found: list[str] = []
    for match in _PART.finditer(text):
        part = match[0].strip()
        if not _WITH_NAME.fullmatch(part):
            part = part.strip("\"' ")
            words = part.split()
            if len(words) > 1 and any(usable(word) for word in words):
                found += words
                continue
        if part:
            found.append(part)
    return found


def usable(text: str) -> str | None:
    """The address in its normal form; None where it is none.

    Files and bulk mailings have every client's: of the many addresses at few domains only the
    domains are looked at closely.
    """
    local, _, after = text.strip().lower().rpartition("@")
    if _PLAIN_LOCAL.fullmatch(local) and len(local) <= 64:
        checked = _domain(after)
        return checked and f"{local}@{checked}"
    try:
        return normal(text)
    except Refusal:
        return None


@lru_cache(maxsize=65_536)
def _domain(text: str) -> str | None:
    try:
        return domain(normal(f"a@{text}"))
    except Refusal:
        return None


def normal(address: str) -> str:
    """One address in its normal form. Raises `Refusal`, which names it and says why."""
    try:
        return _normal(address.strip())
    except Refusal as refusal:
        raise Refusal(
            "{address} is not an address: {reason}",
            address=clip(address, 60) or "''",
            reason=refusal.sentence,
        ) from None


def known(contact: str) -> str:
    """Whom a link was made for, as an address; "" where staff noted something else by hand."""
    try:
        return normal(contact)
    except Refusal:
        return ""


def domain(address: str) -> str:
    """The receiving domain of an address in its normal form."""
    return address.rpartition("@")[2]


@lru_cache(maxsize=4096)
def _normal(typed: str) -> str:
    typed = _NO_WIDTH.sub("", visible(typed)).strip()  # copied along, and nobody saw it
    if "@" not in typed:
        raise Refusal(NO_AT)
    named = _WITH_NAME.fullmatch(typed)
    address = named[1] if named else typed
    if len(address) > LONGEST:
        raise Refusal(TOO_LONG)
    found = _checked(address)
    if found is None:
        _, _, after = address.rpartition("@")
        raise Refusal(BAD_DOMAIN if _checked(f"a@{after}") is None else BAD_NAME)
    if found.ascii_email is None:
        raise Refusal(NOT_ASCII)
    return found.ascii_email.lower()


def _checked(address: str) -> ValidatedEmail | None:
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return None
