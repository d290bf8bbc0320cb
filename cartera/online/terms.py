"""The vocabulary of payments made on a client's page.

A payment is begun with an amount and documents that are fixed here; the client pays it at a
gateway; the gateway is asked what became of it; an approved one becomes an own payment
(`cartera.store.own_payments`, source "online"), which the pipeline carries into the ledger.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple, get_args

from cartera.mail.refusal import Refusal
from cartera.notices.terms import check_amount

#: pending: begun, and no final answer. approved: the ledger has it, or is about to. declined,
#: error: the gateway says no for good. expired: nobody paid in time. closed: ended by the client
#: before it was paid. reversed: it was paid, and all of it went back. mismatch: the gateway says
#: that another amount or currency was paid, and a person decides.
State = Literal[
    "pending", "approved", "declined", "error", "expired", "closed", "reversed", "mismatch"
]
STATES: tuple[State, ...] = get_args(State)
#: Its documents are taken: nobody can begin to pay them again.
TAKEN: tuple[State, ...] = ("pending", "mismatch")
#: After a payment's time is over, the gateway has so long to know of one that was made in it.
GRACE = timedelta(minutes=5)
MOST_LINES = 200
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
#: No vowels, so no words; nothing that looks like something else.
_LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"
_LENGTH = 12


def new_reference() -> str:
    """What a payment is called at the gateway, on receipts and in the bank: 57 random bits."""
    return "CT" + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


class InFavour(NamedTuple):
    """Money in favour of a client that can settle a document: what is left of a payment or a credit
    note. `kind` is what its allocation is called.

    Where `taken_from` names a document, the source was applied to that one beyond its total, and
    that much is taken back from it first.
    """

    kind: Literal["payment", "credit"]
    source_id: str
    number: str
    amount: Decimal
    taken_from: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Which money it is, of a client and currency."""
        return (self.kind, self.source_id, self.taken_from)


class Line(NamedTuple):
    """How much of a payment is for a document, and what of the client's money in favour is
    allocated to it once that is paid.
    """

    document_id: str
    number: str
    amount: Decimal
    netted: tuple[InFavour, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    """A payment to begin. `key` is the form's; `lines` are in the order in which they are paid.

    Raises `Refusal` for what cannot be. Whether the documents are the client's, and open, is for
    whoever makes it: `cartera.online.choosing`.
    """

    key: str
    gateway: str
    currency: str
    lines: tuple[Line, ...]
    minutes: int

    def __post_init__(self) -> None:
        """Refuse what makes no sense whoever sends it."""
        if not _KEY.fullmatch(self.key):
            raise Refusal("this form cannot be used; open the page once more")
        if not self.lines:
            raise Refusal("choose at least one document")
        if len(self.lines) > MOST_LINES:
            raise Refusal("choose at most {most} documents", most=MOST_LINES)
        if len({line.document_id for line in self.lines}) < len(self.lines):
            raise Refusal("a document stands there twice")
        for line in self.lines:
            # A document may be settled by money in favour alone, and then nothing is paid for it.
            for amount in (line.amount, *(part.amount for part in line.netted)):
                if amount or not line.netted:
                    check_amount(amount, self.currency)
        check_amount(self.amount, self.currency)

    @property
    def amount(self) -> Decimal:
        """What is paid in all."""
        return sum((line.amount for line in self.lines), Decimal())

    @property
    def nets(self) -> bool:
        """Whether it uses money in favour."""
        return any(line.netted for line in self.lines)


@dataclass(frozen=True, slots=True)
class OnlinePayment:
    """A payment that a client began. `contact` is whom the link was made for.

    `said` and what follows are the gateway's last answer, None and zero where it never knew of it.
    `is_settled` says whether the ledger's own payment is what that answer asks for. `decided_by`
    accepted an amount or currency that is not ours.
    """

    id: int
    public_id: str
    company_id: str
    client_id: str
    link_id: str
    contact: str
    language: str
    gateway: str
    reference: str
    currency: str
    amount: Decimal
    lines: tuple[Line, ...]
    state: State
    url: str
    gateway_id: str
    said: str
    said_amount: Decimal | None
    said_currency: str
    refunded: Decimal
    method: str
    reason: str
    said_at: datetime | None
    is_settled: bool
    ask_at: datetime | None
    asks: int
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    decided_by: str | None
    revision: int

    @property
    def numbers(self) -> tuple[str, ...]:
        """The documents as people call them."""
        return tuple(line.number for line in self.lines)

    @property
    def netted(self) -> Decimal:
        """Money in favour that is allocated to its documents once it is paid."""
        return sum((part.amount for line in self.lines for part in line.netted), Decimal())

    @property
    def paid(self) -> tuple[Decimal, str]:
        """Amount and currency that count once it is approved: ours, unless a person accepted what
        the gateway says instead.
        """
        if self.decided_by is not None and self.said_amount is not None:
            return self.said_amount, self.said_currency
        return self.amount, self.currency

    @property
    def kept(self) -> Decimal:
        """What the gateway's last answer leaves with the company."""
        return (
            max(self.paid[0] - self.refunded, Decimal()) if self.said == "approved" else Decimal()
        )

    @property
    def fits(self) -> bool:
        """Whether the gateway speaks of this amount in this currency."""
        return (self.said_amount, self.said_currency) == (self.amount, self.currency)


def split(lines: Sequence[Line], amount: Decimal) -> tuple[Line, ...]:
    """An amount over lines, each up to its own, the first ones first; what is left over is not
    in it.
    """
    rest, parts = amount, []
    for line in lines:
        part = min(line.amount, rest)
        if part > 0:
            parts.append(line._replace(amount=part))
            rest -= part
    return tuple(parts)


def net(lines: Sequence[Line], favour: Sequence[InFavour]) -> tuple[Line, ...]:
    """The lines with money in favour used instead of a payment, in the order of both, as far as it
    goes.
    """
    left = list(favour)
    made = []
    for line in lines:
        rest, parts = line.amount, list(line.netted)
        while rest > 0 and left:
            first = left.pop(0)
            part = min(first.amount, rest)
            rest -= part
            parts.append(first._replace(amount=part))
            if part < first.amount:
                left.insert(0, first._replace(amount=first.amount - part))
        made.append(line._replace(amount=rest, netted=tuple(parts)))
    return tuple(made)
