"""Wompi (Colombia): its web checkout, its events and its transactions, in pesos.

https://docs.wompi.co/docs/colombia/ : the checkout is an address with a signature in it, so
nothing is asked of Wompi before the client is there.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from cartera.gateways import body as bodies
from cartera.gateways import wompi_events
from cartera.gateways.base import (
    Checked,
    Checkout,
    Found,
    GatewayError,
    Order,
    Refused,
    Signal,
    Unreachable,
)
from cartera.gateways.http import Api
from cartera.gateways.keys import Keys
from cartera.gateways.wompi_keys import KEYS, Account, account

__all__ = ["KEYS", "NAME", "SIMULATION", "TITLE", "Wompi", "of"]
NAME = "wompi"
TITLE = "Wompi"
SIMULATION = False
CURRENCY = "COP"
#: What Wompi's partners say is the least; less is declined at the checkout.
LEAST = Decimal(1500)


def of(company_id: str, found: Keys) -> Wompi:
    """The account that these keys open. Raises `Refused`."""
    return Wompi(account(found))


class Wompi:
    """One account; see `cartera.gateways.base.Gateway`."""

    name = NAME
    title = TITLE
    can_close = False

    def __init__(self, opened: Account) -> None:
        self._account = opened
        self._api = Api(TITLE, opened.api, {"Authorization": f"Bearer {opened.private}"})

    @property
    def is_simulation(self) -> bool:
        """With test keys Wompi moves no money."""
        return self._account.kind == "test"

    @property
    def origin(self) -> str:
        """Where its pages are."""
        return self._account.checkout

    def takes(self, currency: str) -> bool:
        """Pesos, nothing else."""
        return currency == CURRENCY

    def least(self, currency: str) -> Decimal:
        """In pesos."""
        return LEAST

    def lives(self) -> int:
        """Long enough to find one's card; short enough that a document is not taken for long."""
        return 30

    def start(self, order: Order) -> Checkout:
        """The address; the same order gives the same."""
        if order.currency != CURRENCY:
            raise Refused(f"{TITLE} takes {CURRENCY} only")
        cents = order.amount.scaleb(2)
        if cents != cents.to_integral_value() or cents <= 0:
            raise Refused(f"{TITLE} takes whole cents")
        amount, expires = f"{int(cents)}", expiration(order.expires_at)
        values = {
            "public-key": self._account.public,
            "currency": CURRENCY,
            "amount-in-cents": amount,
            "reference": order.reference,
            "signature:integrity": integrity(
                order.reference, amount, CURRENCY, expires, self._account.integrity
            ),
            "redirect-url": order.return_url,
            "expiration-time": expires,
        }
        if order.email:
            values["customer-data:email"] = order.email
        return Checkout(f"{self._account.checkout}/p/?{urlencode(values)}")

    def look_up(self, reference: str, gateway_ids: Sequence[str] = ()) -> Found | None:
        """Every transaction of the reference, and those that somebody named, as one answer."""
        answer = self._api.get("/transactions", {"reference": reference})
        listed = answer.data.get("data") if isinstance(answer.data, dict) else None
        if answer.status == 404:
            listed = []
        if not isinstance(listed, list):
            raise Unreachable(f"{TITLE}: the answer makes no sense")
        known = {str(one.get("id")): one for one in listed if isinstance(one, dict)}
        for identity in gateway_ids:
            if identity not in known and wompi_events.ID.fullmatch(identity):
                known[identity] = self._one(identity)
        return verdict(
            one for one in known.values() if one is not None and one.get("reference") == reference
        )

    def close(self, reference: str, gateway_id: str) -> bool:
        """Wompi has no such thing: it waits for the expiration."""
        return False

    def signal(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> Signal:
        """The checksum in the body; the header repeats it."""
        return wompi_events.signal(
            body, secret=self._account.events, environment=self._account.kind, now=now
        )

    def check(self) -> Checked:
        """The public key names the merchant; the private one may list transactions."""
        try:
            answer = self._api.get(f"/merchants/{self._account.public}")
            merchant = answer.data.get("data") if isinstance(answer.data, dict) else None
            if answer.status == 404 or not isinstance(merchant, dict):
                return Checked(False, "Wompi does not know the public key.")
        except Unreachable:
            return Checked(False, "Wompi does not answer. Try again later.")
        except GatewayError:
            return Checked(False, "Wompi does not know the public key.")
        try:
            self._api.get("/transactions", {"reference": f"check-{secrets.token_hex(8)}"})
        except Unreachable:
            return Checked(False, "Wompi does not answer. Try again later.")
        except GatewayError:
            return Checked(False, "Wompi does not know the private key.")
        details = {
            "name": bodies.line(merchant.get("name"), 100),
            "environment": self._account.kind,
        }
        if merchant.get("active") is False:
            return Checked(False, "Wompi says that this account is not active.", details)
        return Checked(
            True,
            "Wompi knows both keys. Its two secrets show with the first payment only.",
            details,
        )

    def _one(self, identity: str) -> Any:
        """A transaction by a name from outside; None where there is none."""
        try:
            answer = self._api.get(f"/transactions/{identity}")
        except Refused:
            return None
        data = answer.data.get("data") if isinstance(answer.data, dict) else None
        return data if isinstance(data, dict) else None


def expiration(moment: datetime) -> str:
    """As Wompi writes moments: UTC, thousandths, Z."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def integrity(reference: str, cents: str, currency: str, expires: str, secret: str) -> str:
    """The signature of an order; `expires` "" where it has none."""
    return hashlib.sha256(f"{reference}{cents}{currency}{expires}{secret}".encode()).hexdigest()


def verdict(transactions: Iterable[Mapping[str, Any]]) -> Found | None:
    """Several transactions of one reference as one: money wins, then a bank that has not answered,
    then money that went back, then the newest. Approved twice is the sum of both: an amount that
    was not asked for, so that people look at it.
    """
    found = [
        (str(one.get("created_at", "")), _found(one))
        for one in sorted(transactions, key=lambda one: str(one.get("id")))
    ]
    ordered = [one for _, one in sorted(found, key=lambda pair: pair[0])]
    approved = [one for one in ordered if one.stand == "approved"]
    if len(approved) > 1:
        last = next((one for one in approved if one.currency != CURRENCY), approved[-1])
        return Found(
            "approved",
            last.reference,
            sum((one.amount for one in approved), Decimal()),
            last.currency,
            last.gateway_id,
            method=last.method,
            reason=", ".join(one.gateway_id for one in approved),
        )
    for stand in ("approved", "pending", "reversed"):
        if of_that := [one for one in ordered if one.stand == stand]:
            return of_that[-1]
    return ordered[-1] if ordered else None


def _found(one: Mapping[str, Any]) -> Found:
    """One transaction. Raises `Unreachable` for what Wompi never says."""
    status, cents, currency = (one.get(n) for n in ("status", "amount_in_cents", "currency"))
    stand = wompi_events.STANDS.get(status) if isinstance(status, str) else None
    if (
        stand is None
        or not isinstance(cents, int)
        or isinstance(cents, bool)
        or not isinstance(currency, str)
    ):
        raise Unreachable(f"{TITLE}: the answer makes no sense")
    amount = Decimal(cents).scaleb(-2)
    return Found(
        stand=stand,
        reference=str(one["reference"]),
        amount=amount,
        currency=currency,
        gateway_id=bodies.word(one.get("id")),
        refunded=amount if stand == "reversed" else Decimal(0),
        method=bodies.word(one.get("payment_method_type")),
        reason=bodies.line(one.get("status_message")),
    )
