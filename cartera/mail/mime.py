"""A composed message as MIME: plain text and HTML beside each other, the logo inside, files along.

::

    multipart/mixed            only with files
    ├── multipart/alternative
    │   ├── text/plain
    │   └── multipart/related  only with a logo
    │       ├── text/html
    │       └── image/png      Content-ID: what the HTML refers to
    └── application/pdf, ...
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from email.headerregistry import Address, BaseHeader
from email.message import EmailMessage, Message
from email.policy import SMTP, compat32
from email.utils import encode_rfc2231
from functools import lru_cache
from typing import Any

from cartera.mail.outgoing import Attachment, Composed
from cartera.render.text import clip

#: Characters of base64 in a line (RFC 2045, 6.8).
_LINE = 76
#: Every part is quoted-printable or base64, and neither ever holds "=_" (RFC 2045, 5): so one
#: boundary for each kind is safe, and no message has to be searched for a free one.
_BOUNDARY = "=_cartera-{subtype}"


def address_header(address: str, name: str = "") -> Address:
    """An address with a name as `From` or `To` carries it; `address` in its normal form."""
    return Address(display_name=clip(name, 100), addr_spec=address)


def to_email(
    composed: Composed,
    *,
    sender: Address | str,
    to: Address | str,
    headers: Mapping[str, str] | None = None,
) -> EmailMessage:
    """The message, ready for any transport. A header with a line break in it raises `ValueError`.

    `headers` are all the others, `Date` and `Message-ID` among them. Parts are plain
    `email.message.Message`: reading headers is what making a message would mostly be.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _addressed("From", sender)
    message["To"] = _addressed("To", to)
    for name, value in ({"Subject": composed.subject} | dict(headers or {})).items():
        message[name] = _header(name, value)
    message["MIME-Version"] = _header("MIME-Version", "1.0")
    inside = [file for file in composed.attachments if file.content_id]
    beside = [file for file in composed.attachments if not file.content_id]
    page = _text(composed.html, "html")
    if inside:
        page = _multipart("related", page, *(_file(file, "inline") for file in inside))
    whole = _multipart("alternative", _text(composed.text, "plain"), page)
    if beside:
        whole = _multipart("mixed", whole, *(_file(file, "attachment") for file in beside))
    message["Content-Type"] = _header("Content-Type", str(whole["Content-Type"]))
    message.set_payload(whole.get_payload())
    return message


@lru_cache(maxsize=512)
def _header(name: str, value: str) -> BaseHeader:
    """A header, parsed once: the same stand in every message, and in the copy that is kept."""
    if len(value.splitlines()) > 1:
        raise ValueError(f"the header {name} has more than one line")
    header: BaseHeader = SMTP.header_factory(name, value)
    return header


def _addressed(name: str, value: Address | str) -> BaseHeader:
    return _header(name, str(value))


def _text(content: str, subtype: str) -> Message:
    """A text as quoted-printable: readable, short lines, and no server has to take 8 bits.

    The library's own encoder goes letter by letter; this is the same in C.
    """
    encoded = binascii.b2a_qp(content.encode("utf-8", "replace"), istext=True)
    return _part(
        encoded.decode("ascii"),
        ("Content-Type", f'text/{subtype}; charset="utf-8"'),
        ("Content-Transfer-Encoding", "quoted-printable"),
    )


def _file(file: Attachment, disposition: str) -> Message:
    encoded = binascii.b2a_base64(file.content, newline=False).decode("ascii")
    lines = (encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE))
    headers = [
        ("Content-Type", _plain(file.media_type)),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", f"{disposition}; {_file_name(file.name)}"),
    ]
    if file.content_id:
        headers.append(("Content-ID", f"<{_plain(file.content_id)}>"))
    return _part("\n".join(lines) + "\n", *headers)


def _file_name(name: str) -> str:
    """The name as a parameter; its accents as RFC 2231 has them, which every program reads."""
    shown = clip(name, 120)
    if shown.isascii() and not set('"\\') & set(shown):
        return f'filename="{shown}"'
    return f"\n filename*={encode_rfc2231(shown, 'utf-8')}"


def _plain(token: str) -> str:
    """A token of ours as it stands in a header."""
    if not token.isascii() or not token.isprintable():
        raise ValueError(f"{token!r} cannot stand in a header")
    return token


def _multipart(subtype: str, *parts: Message) -> Message:
    boundary = _BOUNDARY.format(subtype=subtype)
    return _part(list(parts), ("Content-Type", f'multipart/{subtype}; boundary="{boundary}"'))


def _part(payload: Any, *headers: tuple[str, str]) -> Message:
    part: Message = Message(policy=compat32)
    for name, value in headers:
        part[name] = value
    part.set_payload(payload)
    return part
