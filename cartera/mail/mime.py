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
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from cartera.mail.outgoing import Attachment, Composed
from cartera.render.text import clip

#: Bytes in a line of text that servers must take (RFC 5322, 2.1.1).
_LINE = 998


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

    `headers` are all the others, `Date` and `Message-ID` among them.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = composed.subject
    for name, value in (headers or {}).items():
        message[name] = value
    message["MIME-Version"] = "1.0"
    inside = [file for file in composed.attachments if file.content_id]
    beside = [file for file in composed.attachments if not file.content_id]
    page = _text(composed.html, "html")
    if inside:
        page = _multipart("related", page, *map(_inline, inside))
    both = _multipart("alternative", _text(composed.text, "plain"), page)
    if beside:
        both = _multipart("mixed", both, *map(_attached, beside))
    _adopt(message, both)
    return message


def _text(content: str, subtype: str) -> EmailMessage:
    """A text as quoted-printable: readable, short lines, and no server has to take 8 bits.

    The library's own encoder goes letter by letter; this is the same in C.
    """
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable"
    encoded = binascii.b2a_qp(content.encode("utf-8", "replace"), istext=True)
    part.set_payload(encoded.decode("ascii"))
    return part


def _inline(file: Attachment) -> EmailMessage:
    part = _file(file, "inline")
    part["Content-ID"] = f"<{file.content_id}>"
    return part


def _attached(file: Attachment) -> EmailMessage:
    return _file(file, "attachment")


def _file(file: Attachment, disposition: str) -> EmailMessage:
    part = EmailMessage(policy=SMTP)
    maintype, _, subtype = file.media_type.partition("/")
    part.set_content(
        file.content,
        maintype=maintype,
        subtype=subtype,
        disposition=disposition,
        filename=file.name,
    )
    del part["MIME-Version"]
    return part


def _multipart(subtype: str, *parts: EmailMessage) -> EmailMessage:
    whole = EmailMessage(policy=SMTP)
    whole["Content-Type"] = f"multipart/{subtype}"
    whole.set_payload(list(parts))
    return whole


def _adopt(message: EmailMessage, body: EmailMessage) -> None:
    """Give the message the body's content."""
    message["Content-Type"] = body["Content-Type"]
    message.set_payload(body.get_payload())
