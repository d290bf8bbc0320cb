"""A delivery report (RFC 3464) read: on which message, and what it says.

Whoever can write to the mailbox can write a report: nothing of it is believed but the outcome of
one message, and only by whoever knows that message's 128 random bits.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Literal

from cartera.mail.codes import ENHANCED, meaning
from cartera.mail.envelope import MESSAGE_HEADER
from cartera.mail.outgoing import Reason

#: Larger reports hold the whole message back, files and all; their beginning says enough.
MOST = 1_000_000
_ID = r"([0-9a-f]{32})"
_RETURN_PATH = re.compile(rf"\+{_ID}@", re.IGNORECASE)
_HEADER = re.compile(rf"^{MESSAGE_HEADER}:\s*{_ID}\b", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(rf"^Message-ID:\s*<{_ID}@", re.IGNORECASE | re.MULTILINE)
#: Where a report says to which of our addresses it came.
_CAME_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_ACTIONS = {"failed": "bounced", "delayed": "delayed", "delivered": "delivered"}


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says; `public_ids` are messages that it may be on, the surest first."""

    public_ids: tuple[str, ...]
    what: Literal["bounced", "delayed", "delivered"]
    reason: Reason
    detail: str
    #: The address where nobody is; empty where the report does not say that.
    dead: str


def parse(raw: bytes) -> Report | None:
    """Read a report; None for any other mail, however odd."""
    try:
        mail = email.message_from_bytes(raw[:MOST], policy=email.policy.compat32)
        if mail.get_content_type() != "multipart/report":
            return None
        for fields in _recipients(mail):
            what = _ACTIONS.get(str(fields.get("Action", "")).strip().lower())
            if what is not None:
                return _report(tuple(_ids(mail, raw[:MOST])), what, fields)
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
        return None  # nobody's mail program wrote this
    return None


def _report(ids: tuple[str, ...], what: str, fields: Message) -> Report:
    status = str(fields.get("Status", "")).strip()[:200]
    said = str(fields.get("Diagnostic-Code", "")).partition(";")[2].strip()
    detail = f"{status} {said}".strip()[:2_000]
    reason: Reason = ""
    is_dead = False
    if what == "bounced":
        found = ENHANCED.match(status)
        if found is not None and found[1] == "4":
            reason = "gave_up"
        else:
            is_vague = found is None or (found[2], found[3]) == ("0", "0")
            reason, is_dead = meaning(said if is_vague and said else detail)
    final = fields.get("Original-Recipient") or fields.get("Final-Recipient") or ""
    dead = str(final).partition(";")[2].strip().strip("<>")[:254] if is_dead else ""
    return Report(ids, _what(what), reason, detail, dead)


def _what(what: str) -> Literal["bounced", "delayed", "delivered"]:
    match what:
        case "bounced" | "delayed" | "delivered":
            return what
        case _:
            raise ValueError(what)


def _recipients(mail: Message) -> Iterator[Message]:
    """The fields of each recipient: a block each, after the block on the whole message."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            for block in part.get_payload():
                if isinstance(block, Message):
                    yield block


def _ids(mail: Message, raw: bytes) -> Iterator[str]:
    """Ids of messages: from the address that the report came to, then from what it returns."""
    seen: set[str] = set()
    came_to = " ".join(str(value) for name in _CAME_TO for value in mail.get_all(name, []))
    text = raw.decode("ascii", "replace")
    for pattern, where in ((_RETURN_PATH, came_to), (_HEADER, text), (_MESSAGE_ID, text)):
        for found in pattern.finditer(where):
            id_ = found[1].lower()
            if id_ not in seen and len(seen) < 5:
                seen.add(id_)
                yield id_
