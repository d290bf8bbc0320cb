"""What a mail server's refusal says of an address: its enhanced status code, and common words."""

from __future__ import annotations

import re

from cartera.mail.outgoing import Reason

#: RFC 3463: class, subject, detail.
ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
#: 5.1.x speaks of addresses; these two of the sender's.
_SENDERS_FAULT = frozenset({7, 8})
#: Servers without enhanced codes, and those that say 5.0.0 for everything.
_NOBODY = re.compile(
    r"no such (user|recipient|mailbox)|(user|recipient|address) unknown"
    r"|unknown (user|recipient|mailbox)|(user|mailbox|recipient|address) (not found|does not exist)"
    r"|invalid (recipient|mailbox)|usuario (desconocido|no existe)",
    re.IGNORECASE,
)


def meaning(text: str) -> tuple[Reason, bool]:
    """Why a permanent refusal, and whether nobody is at the address.

    Only then may the address be marked: a refusal for spam or a full mailbox says nothing of it.

    >>> meaning("550 5.1.1 No such user"), meaning("554 5.7.1 Spam")
    (('no_such_address', True), ('refused', False))
    """
    found = ENHANCED.search(text)
    subject, detail = (int(found[2]), int(found[3])) if found else (0, 0)
    if subject == 1 and detail not in _SENDERS_FAULT:
        return "no_such_address", True
    if subject == 2 and detail == 1:  # the mailbox is closed
        return "no_such_address", True
    if subject == 2 and detail == 2:
        return "mailbox_full", False
    if subject == 0 and _NOBODY.search(text):
        return "no_such_address", True
    return "refused", False
