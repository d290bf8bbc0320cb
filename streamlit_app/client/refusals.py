"""What a client reads when a link does not open: what happened and what to do, never why."""

from __future__ import annotations

from typing import Literal

from cartera.i18n import Translator

Reason = Literal[
    "live", "expired", "revoked", "unknown", "limited", "missing", "broken", "barred",
    "returned", "upgrading",
]  # fmt: skip
#: HTTP status per reason: an address that never was, and one that is no more. A live link whose
#: account has nothing yet is not an error of whoever opens it.
STATUS: dict[Reason, int] = {
    "live": 200,
    "unknown": 404,
    "missing": 404,
    "expired": 410,
    "revoked": 410,
    "limited": 429,
    "barred": 403,
    "returned": 404,
    "broken": 500,
    "upgrading": 503,
}
WORDS: dict[Reason, tuple[str, str]] = {
    "live": (
        "There is nothing to show yet",
        "Your account statement appears here as soon as it has its first document.",
    ),
    "unknown": (
        "We could not open this page",
        "Open the link that you received by mail once more, or ask for a new one here.",
    ),
    "missing": ("This page does not exist", "Open the link that you received by mail once more."),
    "expired": (
        "This link has expired",
        "For your safety links live a limited time. Ask for a new one here.",
    ),
    "revoked": (
        "This link is no longer valid",
        "It was replaced or closed. Ask for a new one here.",
    ),
    "broken": (
        "We cannot show your account right now",
        "It is our fault, not yours. The page tries again by itself in a moment.",
    ),
    "upgrading": (
        "We are bringing your account up to date",
        "It takes a few minutes. The page tries again by itself in a moment.",
    ),
    "limited": (
        "Too many tries",
        "Wait a minute and open the link that you received by mail once more.",
    ),
    "barred": (
        "This cannot be done here",
        "If you need it, write to us and we see to it.",
    ),
    "returned": (
        "We are checking your payment",
        "Open the link that you received by mail: your account shows what became of it.",
    ),
}


#: Where somebody may ask for a new link.
RENEWABLE: tuple[Reason, ...] = ("expired", "revoked", "unknown", "returned")


def words(reason: Reason, tr: Translator) -> tuple[str, str]:
    """Title and sentence."""
    title, sentence = WORDS[reason]
    return tr.t(title), tr.t(sentence)
