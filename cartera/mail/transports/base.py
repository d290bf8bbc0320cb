"""What a transport is: it hands one message over and says what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from cartera.mail.outgoing import Reason


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message on its envelope; `raw` has CRLF line ends and only ASCII in its headers."""

    company_id: str
    public_id: str
    sender: str
    to: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a parcel.

    accepted: the next server has it. deferred: surely not, and later it may. refused: surely
    not, and never will. unknown: the line broke after the last byte and before the answer.
    """

    what: Literal["accepted", "deferred", "refused", "unknown"]
    reason: Reason = ""
    detail: str = ""
    #: refused: there is nobody at this address.
    is_dead: bool = False
    #: It is not about this message: no server answers, or it does not let us in.
    is_outage: bool = False


class Transport(Protocol):
    """Used by one thread at a time."""

    @property
    def name(self) -> str:
        """`smtp` or `folder`, as the store keeps it."""

    def send(self, parcel: Parcel) -> Answer:
        """Hand one message over. Never raises for what a server or a disk does."""

    def close(self) -> None:
        """Say goodbye; `send` opens again."""
