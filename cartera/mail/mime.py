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
from collections.abc import Mapping, Sequence
from email.headerregistry import Address, BaseHeader
from email.policy import SMTP
from email.utils import encode_rfc2231
from functools import lru_cache

from cartera.mail.addresses import is_plain
from cartera.mail.outgoing import Attachment, Composed
from cartera.render.text import clip

#: Characters of base64 in a line (RFC 2045, 6.8).
_LINE = 76
#: Characters of a header's line with its end (RFC 5322, 2.1.1).
_LONGEST_LINE = 80
#: Every part is quoted-printable or base64, and neither ever holds "=_" (RFC 2045, 5): so one
#: boundary for each kind is safe, and no message has to be searched for a free one.
_BOUNDARY = b"=_cartera-"
_TEXT = b'Content-Type: text/%b; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable'
_END = b"\r\n"


@lru_cache(maxsize=512)
def address_header(address: str, name: str = "") -> Address:
    """An address with a name as `From` or `To` carries it; `address` in its normal form."""
    shown = clip(name, 100)
    return (
        Address(shown, *address.split("@"))
        if is_plain(address)
        else Address(shown, addr_spec=address)
    )


def to_bytes(
    composed: Composed,
    *,
    sender: Address | str,
    to: Address | str,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The message as it goes on the wire. A header with a line break in it raises `ValueError`.

    `headers` are all but `From`, `To` and `Subject`; `Date` and `Message-ID` among them. Headers
    are the library's work; the parts are put together here, because most of what the library
    does with them is reading again what it has just written.
    """
    given = {"From": str(sender), "To": str(to), "Subject": composed.subject}
    given |= dict(headers or {}) | {"MIME-Version": "1.0"}
    top = b"".join(_folded(name, value) for name, value in given.items())
    return top + _body(composed) + _END


def _body(composed: Composed) -> bytes:
    """The content with its own headers."""
    inside = [_file(file, "inline") for file in composed.attachments if file.content_id]
    beside = [_file(file, "attachment") for file in composed.attachments if not file.content_id]
    page = _text(composed.html, b"html")
    if inside:
        page = _multipart(b"related", [page, *inside])
    whole = _multipart(b"alternative", [_text(composed.text, b"plain"), page])
    return _multipart(b"mixed", [whole, *beside]) if beside else whole


@lru_cache(maxsize=512)
def _folded(name: str, value: str) -> bytes:
    """A header in lines: the same ones stand in every message, and in the copy that is kept."""
    if len(value.splitlines()) > 1:
        raise ValueError(f"the header {name} has more than one line")
    # Most are short and plain; "=?" would be read as an encoded word.
    if value.isascii() and value.isprintable() and "=?" not in value:
        line = f"{name}: {value}\r\n"
        if len(line) <= _LONGEST_LINE:
            return line.encode("ascii")
    header: BaseHeader = SMTP.header_factory(name, value)
    return header.fold(policy=SMTP).encode("ascii")


def _text(content: str, subtype: bytes) -> bytes:
    """A text as quoted-printable: readable, short lines, and no server has to take 8 bits."""
    encoded = binascii.b2a_qp(content.encode("utf-8", "replace"), istext=True)
    return b"%b\r\n\r\n%b" % (_TEXT % subtype, encoded.replace(b"\n", _END))


def _file(file: Attachment, disposition: str) -> bytes:
    encoded = binascii.b2a_base64(file.content, newline=False)
    lines = [encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)]
    headers = (
        f"Content-Type: {_plain(file.media_type)}",
        "Content-Transfer-Encoding: base64",
        f"Content-Disposition: {disposition}; {_file_name(file.name)}",
        *([f"Content-ID: <{_plain(file.content_id)}>"] if file.content_id else ()),
    )
    return "\r\n".join(headers).encode("ascii") + b"\r\n\r\n" + _END.join(lines)


def _file_name(name: str) -> str:
    """The name as a parameter; its accents as RFC 2231 has them, which every program reads."""
    shown = clip(name, 120)
    if shown.isascii() and not set('"\\') & set(shown):
        return f'filename="{shown}"'
    return f"\r\n filename*={encode_rfc2231(shown, 'utf-8')}"


def _plain(token: str) -> str:
    """A token of ours as it stands in a header."""
    if not token.isascii() or not token.isprintable():
        raise ValueError(f"{token!r} cannot stand in a header")
    return token


def _multipart(subtype: bytes, parts: Sequence[bytes]) -> bytes:
    boundary = _BOUNDARY + subtype
    head = b'Content-Type: multipart/%b; boundary="%b"' % (subtype, boundary)
    opened = b"".join(b"\r\n--%b\r\n%b" % (boundary, part) for part in parts)
    return b"%b\r\n%b\r\n--%b--\r\n" % (head, opened, boundary)
