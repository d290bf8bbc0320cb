"""A message read back from its bytes: what its reader sees, and the files that came along.

Whatever is wrong in it (an unknown charset, a broken part) is shown as well as it goes, never
raised: this is for looking at what was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from cartera.mail.outgoing import Attachment

#: What people call a file that came without a name.
NAMELESS = "attachment"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message: `headers` as they stand in it, `parts` its files and the HTML's pictures."""

    subject: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    parts: tuple[Attachment, ...]

    @property
    def files(self) -> tuple[Attachment, ...]:
        """The files that a reader sees: not the pictures that stand in the HTML."""
        return tuple(part for part in self.parts if not part.content_id)

    def header(self, name: str) -> str:
        """The first header of that name; empty for none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


def read(content: bytes) -> Letter:
    """The message of these bytes."""
    return of(BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(content))


def of(message: EmailMessage) -> Letter:
    """The message as data."""
    bodies: dict[str, str] = {}
    parts: list[Attachment] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and kind not in bodies and not _is_file(part):
            bodies[kind] = _text(part)
        else:
            parts.append(_attachment(part))
    headers = tuple((name, _line(value)) for name, value in message.items())
    subject = next((value for name, value in headers if name.lower() == "subject"), "")
    return Letter(
        subject, headers, bodies.get("text/plain", ""), bodies.get("text/html", ""), tuple(parts)
    )


def _is_file(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _attachment(part: EmailMessage) -> Attachment:
    content = part.get_payload(decode=True)
    content_id = "" if part.get_content_disposition() == "attachment" else part.get("Content-ID")
    return Attachment(
        name=_line(part.get_filename() or NAMELESS),
        media_type=part.get_content_type(),
        content=content if isinstance(content, bytes) else b"",
        content_id=_line(content_id or "").strip("<>"),
    )


def _text(part: EmailMessage) -> str:
    content = part.get_payload(decode=True)
    raw = content if isinstance(content, bytes) else b""
    try:
        return raw.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:  # a charset that nobody knows
        return raw.decode("utf-8", errors="replace")


def _line(value: object) -> str:
    """A header on one line, without what could not be printed."""
    text = " ".join(str(value).split())
    return "".join(letter if letter.isprintable() else "�" for letter in text)
