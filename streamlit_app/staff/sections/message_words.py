"""How a message is told of: what it is for, what became of it and why."""

from __future__ import annotations

from cartera.mail.outgoing import Kind, Reason, State, TextKind
from cartera.people import operator, pipeline
from cartera.store.messages import What
from streamlit_app.staff.here import Here

KIND_WORDS: dict[Kind, str] = {
    "statement": "Account statement",
    "invoice": "Invoice",
    "reminder": "Reminder",
    "receipt": "Receipt",
    "access": "New link",
    "answer": "Answer to the client",
    "notice": "Notice to the staff",
}
#: What there are words for: a reminder has those of each level.
TEXT_WORDS: dict[TextKind, str] = {
    "statement": "Account statement",
    "invoice": "Invoice",
    "reminder-upcoming": "Reminder: before the due date",
    "reminder-due": "Reminder: on the due date",
    "reminder-first": "Reminder: first",
    "reminder-second": "Reminder: second",
    "reminder-final": "Reminder: final",
    "access": "New link",
}
STATE_WORDS: dict[State, str] = {
    "draft": "Prepared",
    "held": "Held back",
    "waiting": "To be sent",
    "claimed": "Being written",
    "sending": "Leaving",
    "unknown": "In doubt",
    "sent": "Sent",
    "delivered": "Delivered",
    "bounced": "Came back",
    "failed": "Failed",
    "skipped": "Left out",
    "cancelled": "Cancelled",
}
TONES: dict[State, str] = {
    "sent": "credit",
    "delivered": "credit",
    "unknown": "warn",
    "bounced": "late",
    "failed": "late",
}
#: What a list is narrowed to, in the order of its tabs. What is prepared is part of a mailing that
#: nobody has sent: it stands on that mailing's page.
GROUPS: dict[str, tuple[State, ...]] = {
    "pending": ("waiting", "claimed", "sending"),
    "sent": ("sent", "delivered"),
    "problems": ("failed", "bounced", "unknown"),
    "not_sent": ("skipped", "cancelled"),
}
GROUP_WORDS = {
    "": "All",
    "pending": "On their way",
    "sent": "Gone out",
    "problems": "With problems",
    "not_sent": "Not sent",
}
QUEUED: tuple[State, ...] = tuple(state for states in GROUPS.values() for state in states)
#: Something still happens to these by itself.
MOVING = GROUPS["pending"]

REASON_WORDS: dict[Reason, str] = {
    "": "",
    "deferred": "The recipient's server asks to try later",
    "unreachable": "No mail server answered",
    "no_answer": "The line was cut before the server answered",
    "died": "The sending was interrupted before the server answered",
    "refused": "The recipient's server refused it",
    "no_such_address": "The address does not exist",
    "mailbox_full": "The recipient's mailbox is full",
    "address": "It cannot be written to this address",
    "gave_up": "It was put off for too long",
    "no_sender": "No sender address is set up",
    "error": "The message could not be written",
    "dead": "Nothing is sent to this address: it does not exist",
    "unsubscribed": "The recipient asked for no more of these",
    "nothing_open": "Owes nothing any more",
    "not_overdue": "Has nothing overdue any more",
    "no_such_client": "The client does not exist any more",
    "no_such_document": "The document does not exist any more",
    "nothing_due": "What it was about is paid, disputed or paused",
    "paused": "Reminders are paused",
    "off": "Reminders were switched off",
    "same_day": "The client was reminded that day already",
    "window": "Clients are not reminded at this hour",
}
EVENT_WORDS: dict[What, str] = {
    "queued": "Queued",
    "held": "Held back",
    "released": "Released",
    "sending": "Handed to the mail server",
    "redirected": "Test mode: it went to the test address",
    "accepted": "The mail server took it",
    "deferred": "Put off; it is tried again",
    "failed": "Failed",
    "unknown": "No answer came: in doubt",
    "requeued": "Interrupted before it left; it is tried again",
    "skipped": "Left out",
    "cancelled": "Cancelled",
    "retried": "To be sent once more",
    "confirmed": "Marked as sent",
    "delayed": "The recipient's server takes it later",
    "delivered": "The recipient's server has it",
    "bounced": "Came back",
    "unsubscribed": "The recipient asked for no more of these",
}
EVENT_TONES: dict[What, str] = {
    "accepted": "credit",
    "confirmed": "credit",
    "delivered": "credit",
    "deferred": "warn",
    "unknown": "warn",
    "delayed": "warn",
    "failed": "late",
    "bounced": "late",
}


def state_of(here: Here, state: State) -> dict[str, str]:
    """The state in words, and its colour."""
    return {"state": here.t(STATE_WORDS[state]), "tone": TONES.get(state, "")}


def kind_of(here: Here, kind: Kind) -> str:
    """What a message is for."""
    return here.t(KIND_WORDS[kind])


def why(here: Here, reason: str) -> str:
    """A reason in words; one that is not known is shown as it came."""
    words = next((words for code, words in REASON_WORDS.items() if code == reason), "")
    return here.t(words) if words else reason


def who(here: Here, login: str) -> str:
    """Who did it, where a person did; what has no account is told of otherwise."""
    if login == operator("").login:
        return here.t("the server's operator")
    return here.t("the program") if login == pipeline("").login else login
