"""The vocabulary of mail: what is queued, what is composed, what became of it.

A message is queued as a `Draft` (whom, in which words), composed from the statement object at
the moment of sending, and never changes afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, NamedTuple, get_args

from cartera.portfolio import Only

#: What a message is for. receipt: a payment on the client's page, or what went back of it. access:
#: a new link, to a client who asked for it. answer: what became of something that a client wrote;
#: these three are for a person who waits for them, and go to whoever unsubscribed, too. notice: to
#: somebody who works here.
Kind = Literal["statement", "invoice", "reminder", "receipt", "access", "answer", "notice"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: What clients get: each contact says which of these they want.
CLIENT_KINDS: tuple[Kind, ...] = ("statement", "invoice", "reminder", "receipt")
#: Part of a conversation that the client began: no setting of theirs and no wish for less mail
#: holds these back. (Contacts who did not pay themselves get receipts if they wish.)
ASKED_FOR: tuple[Kind, ...] = ("access", "answer", "receipt")
#: Words about one thing that happened, written as it did: what looks like a placeholder is none.
AS_WRITTEN: tuple[Kind, ...] = ("answer", "receipt")
#: What there are words for: those of a reminder differ by its level.
TextKind = Literal[
    "statement", "invoice", "reminder-upcoming", "reminder-due", "reminder-first",
    "reminder-second", "reminder-final", "access",
]  # fmt: skip
TEXT_KINDS: tuple[TextKind, ...] = get_args(TextKind)
#: Files that can go along.
Enclosure = Literal["pdf", "xlsx"]
ENCLOSURES: tuple[Enclosure, ...] = get_args(Enclosure)

#: draft: part of a mailing that nobody has sent yet; held: taken out of it by a person;
#: waiting: due at `not_before`; claimed: a sender composes it; sending: handed over, no answer
#: yet; unknown: the sender died, or the line did, after the hand-over and before the answer: only
#: a person may send it again; sent: accepted by the next server; delivered: the recipient's
#: server says so; bounced: it came back; failed: refused for good, or given up; skipped: there
#: was a reason not to send (`reason`); cancelled: by a person.
State = Literal[
    "draft", "held", "waiting", "claimed", "sending", "unknown",
    "sent", "delivered", "bounced", "failed", "skipped", "cancelled",
]  # fmt: skip
STATES: tuple[State, ...] = get_args(State)

#: Why a message is in its state, as a stable code; what the server said is in its events.
#: waiting: deferred (put off by the server), unreachable (no server answered), window (reminders
#: are not sent at this hour; it goes at `not_before`).
#: unknown: no_answer (the line broke after the hand-over), died (the sender did).
#: failed: refused, no_such_address (also marks it as dead), mailbox_full, address (it cannot be
#: written to), gave_up (put off for too long), no_sender (nobody is set up to write), error (it
#: could not be composed). bounced: no_such_address, mailbox_full, refused, gave_up.
#: skipped: dead, unsubscribed (the address gets nothing), nothing_open, not_overdue,
#: no_such_client, no_such_document, nothing_due (a reminder's documents are paid, void, disputed
#: or paused meanwhile), paused (the contact is), off (reminders were switched off meanwhile),
#: same_day (the client gets another reminder that day).
Reason = Literal[
    "", "deferred", "unreachable", "no_answer", "died", "refused", "no_such_address",
    "mailbox_full", "address", "gave_up", "no_sender", "error", "dead", "unsubscribed",
    "nothing_open", "not_overdue", "no_such_client", "no_such_document", "nothing_due", "paused",
    "off", "same_day", "window",
]  # fmt: skip
REASONS: tuple[Reason, ...] = get_args(Reason)


class About(NamedTuple):
    """An item that a reminder is about; `instalment` 0: the whole document."""

    document_id: str
    instalment: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says, before anybody's figures are in it.

    `subject` is text and `body` clean HTML (`cartera.mail.clean`), both with placeholders
    (`cartera.mail.placeholders`). `statement` says whether the account's summary and open
    documents follow the body. `only` is checked again at the moment of sending: who no longer
    owes (`balance`) or is no longer late (`overdue`) is skipped. `documents` are the items that a
    reminder of that `level` is about; they are looked at again, too. `is_daily`: a notice that its
    reader asked for and can switch off.
    """

    subject: str
    body: str
    enclosures: tuple[Enclosure, ...] = ()
    statement: bool = True
    only: Only = "all"
    documents: tuple[About, ...] = ()
    level: str = ""
    is_daily: bool = False

    def to_json(self) -> dict[str, Any]:
        """As the store keeps it."""
        return asdict(self) | {
            "enclosures": list(self.enclosures),
            "documents": [list(item) for item in self.documents],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Content:
        """As the store kept it; what was kept before there were reminders has none of theirs."""
        documents = tuple(About(*item) for item in kept.get("documents", ()))
        files = tuple(kept["enclosures"])
        return cls(**{**kept, "enclosures": files, "documents": documents})


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to queue. `key` names what, whom and which run; a key is queued once, ever."""

    key: str
    kind: Kind
    client_id: str
    address: str
    contact: str = ""
    language: str = "es"
    document_id: str | None = None
    #: The reminder that it is a message of: `cartera.store.reminders`.
    reminder_id: int | None = None
    #: The copy that a member of staff asked for: it goes to `address`, who is not the client.
    is_copy: bool = False
    #: One of a series: it carries List-Unsubscribe.
    is_periodic: bool = False
    #: None: what its mailing says.
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What the composer is asked for: one message, with the addresses that go into it.

    `link` is the client's private page, token and all; `unsubscribe` is "" where the message is
    not periodic.
    """

    kind: Kind
    client_id: str
    contact: str
    address: str
    language: str
    content: Content
    link: str
    unsubscribe: str = ""
    document_id: str | None = None
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along; `content_id` makes it part of the HTML (`cid:`), as the logo is."""

    name: str
    media_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """A message with its figures, ready to be put on the wire."""

    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    #: Day and publication of the figures in it; None: it has no client's figures.
    as_of: date
    publication_id: int | None
    #: The last due date of what is open, which the link outlives.
    last_due: date | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a message is not sent at all: a stable code, such as `nothing_open`."""

    reason: str
