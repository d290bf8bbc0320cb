"""What a payment gateway is to Cartera: six questions, whatever company answers them.

The amount is ours and fixed before the client leaves for the gateway. What comes back with the
client's browser proves nothing; an event is a signed hint; what counts is what the gateway itself
answers when it is asked (`look_up`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

from cartera.errors import CarteraError

#: What a gateway says of a payment. open: it can be paid, and nobody did. pending: somebody did,
#: and the bank has not answered. approved: the money is there. declined, error: it is not, and
#: that is final. expired: it cannot be paid any more, and never was. reversed: it was there, and
#: all of it went back (voided, refunded or charged back).
Stand = Literal["open", "pending", "approved", "declined", "error", "expired", "reversed"]
#: Nothing was paid, and nothing will be.
UNPAID: tuple[Stand, ...] = ("declined", "error", "expired")
#: Money moved.
MOVED: tuple[Stand, ...] = ("approved", "reversed")


class GatewayError(CarteraError):
    """The gateway did not do what it was asked."""


class Unreachable(GatewayError):
    """No answer, or none that says anything: ask again later."""


class Refused(GatewayError):
    """The gateway says no: keys that it does not know, a currency or an amount that it does not
    take. Asking again changes nothing.
    """


class Forged(GatewayError):
    """An event that is not the gateway's, or not any more (replayed after its time)."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be paid: fixed here, whatever the browser says.

    `reference` is ours, one for each attempt ever. `expires_at` is when it cannot be begun any
    more. `return_url` is where the gateway sends the browser, with whatever parameters it adds.
    """

    reference: str
    amount: Decimal
    currency: str
    expires_at: datetime
    return_url: str
    description: str
    language: str = "es"
    email: str = ""


class Checkout(NamedTuple):
    """Where the client pays, and what the gateway calls it ("" where it has no name yet)."""

    url: str
    gateway_id: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What the gateway answers about a reference.

    `amount` is what was paid or is to be paid, `refunded` what of it went back. `gateway_id` is
    what it calls the transaction, and may be found on the company's account there. `method` and
    `reason` are its own words (PSE, CARD; why it declined), to be shown, never decided on.
    """

    stand: Stand
    reference: str
    amount: Decimal
    currency: str
    gateway_id: str = ""
    refunded: Decimal = Decimal(0)
    method: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """An event that carries the gateway's own signature: a hint to ask about a reference.

    `key` is the same for the same event delivered again, and for no other. `reference` is "" where
    the event does not tell; then `gateway_id` does. `stand`, `amount` and `currency` are what it
    claims, to be compared with what the gateway answers; None where it says nothing of them.
    """

    key: str
    kind: str
    reference: str = ""
    gateway_id: str = ""
    stand: Stand | None = None
    amount: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What a test of the keys said: `is_good`, and an English sentence for `Translator.t`."""

    is_good: bool
    text: str
    details: Mapping[str, str] = field(default_factory=dict)


class Gateway(Protocol):
    """One company's account at a gateway. Safe to share between threads; holds secrets, so it is
    never shown or logged.
    """

    @property
    def name(self) -> str:
        """A word of small letters, as the store and addresses have it."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def is_simulation(self) -> bool:
        """Whether no money moves, ever; every page that offers it says so."""

    @property
    def can_close(self) -> bool:
        """Whether `close` can do something."""

    @property
    def origin(self) -> str:
        """Scheme and host of the pages where the client pays: browsers hold where a form's answer
        leads against the page's `form-action`.
        """

    def takes(self, currency: str) -> bool:
        """Whether it can be paid in this currency."""

    def least(self, currency: str) -> Decimal:
        """The least amount that it takes; 0 where it does not say."""

    def lives(self) -> int:
        """For how many minutes a client can begin to pay an order."""

    def start(self, order: Order) -> Checkout:
        """Where to pay. The same order again leads to the same payment, never to a second one.

        Raises `Refused` and `Unreachable`.
        """

    def look_up(self, reference: str, gateway_ids: Sequence[str] = ()) -> Found | None:
        """What became of a reference; None: the gateway knows nothing of it.

        `gateway_ids` are the names that it, or somebody who claims to be it, gave: hints only, what
        they lead to is not used unless its reference is this one. Raises `Unreachable`, `Refused`.
        """

    def close(self, reference: str, gateway_id: str) -> bool:
        """End an order that nobody has paid; True: nobody can, now. Raises `Unreachable`."""

    def signal(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> Signal:
        """The event in a request's raw body. Raises `Forged` where the signature does not hold."""

    def check(self) -> Checked:
        """Ask the gateway something harmless with these keys."""
