"""The outside of a message: who writes to whom, and the headers that mail servers go by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime

from cartera.config import Company, Settings
from cartera.i18n import Translator
from cartera.mail.mime import address_header, to_bytes
from cartera.mail.outgoing import Composed
from cartera.mail.profile import MailProfile
from cartera.mail.transports.base import Parcel
from cartera.store import links
from cartera.store.messages import Message

#: In a kept message, where the secret of its link was; as long as that, so that lines stay.
BLACKED_OUT = "not-kept".center(len(links.new_token()), "-")
#: Names the message again in whatever comes back: a report holds the headers of the original.
MESSAGE_HEADER = "X-Cartera-Message"
#: In test mode: whom it would have gone to.
MEANT_FOR_HEADER = "X-Cartera-Meant-For"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message on its envelope, and as it is kept: without its link's secret."""

    parcel: Parcel
    kept: bytes = field(repr=False)
    subject: str
    rfc_message_id: str
    redirected: str


def client_link(settings: Settings, token: str) -> str:
    """Address of the client's page."""
    return f"{settings.client_url.rstrip('/')}/e/{token}"


def unsubscribe_link(settings: Settings, message: Message) -> str:
    """Where the recipient stops the series; empty where the message is not of one."""
    if not message.is_periodic or message.is_copy:
        return ""
    return f"{settings.client_url.rstrip('/')}/baja/{message.public_id}"


def seal(
    settings: Settings,
    company: Company,
    profile: MailProfile,
    message: Message,
    composed: Composed,
    *,
    token: str,
    now: datetime,
) -> Sealed:
    """Put a composed message on its envelope."""
    name, sender = profile.sender(message.kind, company, level_of(message))
    redirected = profile.test_address
    if redirected:
        words = Translator(message.language)
        mark = words.t("TEST for {address}", address=message.address)
        composed = replace(composed, subject=f"[{mark}] {composed.subject}")
    rfc_message_id = message.rfc_message_id or f"<{message.public_id}@{sender.rpartition('@')[2]}>"
    headers = _headers(settings, profile, message, rfc_message_id, now)
    # A copy is about the client, and to somebody else.
    to_name = "" if redirected or message.is_copy else message.contact

    def written(what: Composed) -> bytes:
        return to_bytes(
            what,
            sender=address_header(sender, name),
            to=address_header(redirected or message.address, to_name),
            headers=headers,
        )

    raw = kept = written(composed)
    subject = composed.subject
    if token:  # a notice has no link
        times = sum(p.count(token) for p in (composed.subject, composed.text, composed.html))
        kept = blacked_out(raw, token, times) or written(_without(composed, token))
        subject = subject.replace(token, BLACKED_OUT)
    parcel = Parcel(
        company_id=message.company_id,
        public_id=message.public_id,
        sender=return_path(settings, message.public_id) or sender,
        to=redirected or message.address,
        raw=raw,
    )
    return Sealed(parcel, kept, subject, rfc_message_id, redirected)


def blacked_out(raw: bytes, token: str, times: int) -> bytes | None:
    """The message without its secret; None where it is not found as often as it was written.

    Writing a message costs more than all else here, so the copy is not written anew. A secret is
    of letters that quoted-printable leaves alone; a soft line break may stand inside it, once.
    """
    secret, instead = token.encode(), BLACKED_OUT.encode()
    found = raw.count(secret)
    kept = raw.replace(secret, instead)
    for at in range(1, len(secret)):
        if found == times:
            break
        broken = secret[:at] + b"=\r\n" + secret[at:]
        if count := kept.count(broken):
            found += count
            kept = kept.replace(broken, instead[:at] + b"=\r\n" + instead[at:])
    return kept if found == times else None


def level_of(message: Message) -> str:
    """The level of a reminder, which may have a sender of its own; else empty."""
    return message.content.level if message.content is not None else ""


def return_path(settings: Settings, public_id: str) -> str:
    """Where reports on this message go; empty: to its sender."""
    if not settings.bounce_address:
        return ""
    local, _, domain = settings.bounce_address.partition("@")
    return f"{local}+{public_id}@{domain}"


def _headers(
    settings: Settings,
    profile: MailProfile,
    message: Message,
    rfc_message_id: str,
    now: datetime,
) -> dict[str, str]:
    headers = {
        "Date": format_datetime(now),
        "Message-ID": rfc_message_id,
        # No holiday notices, and no mail programs answering each other (RFC 3834).
        "Auto-Submitted": "auto-generated",
        MESSAGE_HEADER: message.public_id,
    }
    if profile.reply_to:
        headers["Reply-To"] = profile.reply_to
    if profile.test_address:
        headers[MEANT_FOR_HEADER] = message.address
    if leave := unsubscribe_link(settings, message):
        headers["List-Unsubscribe"] = f"<{leave}>"
        if leave.startswith("https:"):  # RFC 8058 asks for it
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _without(composed: Composed, token: str) -> Composed:
    """The message without its secret. Files hold none: a link in one would live in the copy."""
    return replace(
        composed,
        subject=composed.subject.replace(token, BLACKED_OUT),
        text=composed.text.replace(token, BLACKED_OUT),
        html=composed.html.replace(token, BLACKED_OUT),
    )
