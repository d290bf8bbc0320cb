"""Stripe: Checkout Sessions by Stripe's own library, wherever a company has an account there.

A session lives thirty minutes at least, so it is made when the client clicks and never mailed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import httpx
import stripe

from cartera.gateways import body as bodies
from cartera.gateways import stripe_answers, stripe_events
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
from cartera.gateways.http import exchange, is_loopback
from cartera.gateways.keys import Key, Keys
from cartera.gateways.stripe_money import LEAST, units
from cartera.money import currency_decimals

NAME = "stripe"
TITLE = "Stripe"
SIMULATION = False
KEYS: Sequence[Key] = (
    Key("STRIPE_SECRET_KEY", "Secret key (sk_live_…) or restricted key (rk_live_…)"),
    Key("STRIPE_WEBHOOK_SECRET", "Signing secret of the webhook (whsec_…)"),
    Key("STRIPE_TEST_URL", "Only for tests: a server on this machine", is_optional=True),
)
CHECKOUT = "https://checkout.stripe.com"
#: Where no name of it is known, a reference is looked for among so many sessions.
PAGES, PAGE = 3, 100
#: More than Stripe's thirty minutes: a click takes time to get there.
MINUTES = 35
EXPAND = ["payment_intent.latest_charge"]
_ID = re.compile(r"(cs|pi)_[A-Za-z0-9_]{1,250}")


def of(company_id: str, found: Keys) -> Stripe:
    """The account that these keys open. Raises `Refused`."""
    values = {name: key.get_secret_value() for name, key in found.items()}
    secret = values["STRIPE_SECRET_KEY"]
    kind = re.fullmatch(r"(?:sk|rk)_(test|live)_\w+", secret, re.ASCII)
    if kind is None:
        raise Refused("CARTERA_STRIPE_SECRET_KEY does not look like Stripe's")
    if not re.fullmatch(r"whsec_\S+", values["STRIPE_WEBHOOK_SECRET"], re.ASCII):
        raise Refused("CARTERA_STRIPE_WEBHOOK_SECRET does not look like Stripe's")
    elsewhere = values.get("STRIPE_TEST_URL", "").rstrip("/")
    if elsewhere and (kind[1] != "test" or not is_loopback(elsewhere) or urlsplit(elsewhere).path):
        raise Refused("CARTERA_STRIPE_TEST_URL is for test keys and this machine only")
    return Stripe(
        secret, values["STRIPE_WEBHOOK_SECRET"], is_live=kind[1] == "live", test_url=elsewhere
    )


class Stripe:
    """One account; see `cartera.gateways.base.Gateway`."""

    name = NAME
    title = TITLE
    can_close = True

    def __init__(self, key: str, webhook_secret: str, *, is_live: bool, test_url: str) -> None:
        self._webhook_secret = webhook_secret
        self._is_live = is_live
        self._test_url = test_url
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": test_url} if test_url else None,
            max_network_retries=1,
            http_client=_Client(),
        )
        self._sessions = self._client.v1.checkout.sessions

    @property
    def is_simulation(self) -> bool:
        """With test keys Stripe moves no money."""
        return not self._is_live

    @property
    def origin(self) -> str:
        """Where its pages are."""
        return self._test_url or CHECKOUT

    def takes(self, currency: str) -> bool:
        """Every currency there is; Stripe refuses those that an account does not have."""
        return currency in currency_decimals()

    def least(self, currency: str) -> Decimal:
        """Where Stripe names it."""
        return LEAST.get(currency, Decimal(0))

    def lives(self) -> int:
        """A little more than the least that Stripe takes."""
        return MINUTES

    def start(self, order: Order) -> Checkout:
        """A session; the reference is its idempotency key, so the same order has one."""
        names = {"reference": order.reference}
        with _asking():
            session = self._sessions.create(
                {
                    "mode": "payment",
                    "client_reference_id": order.reference,
                    "metadata": names,
                    "payment_intent_data": {"description": order.reference, "metadata": names},
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": order.currency.lower(),
                                "unit_amount": units(order.amount, order.currency),
                                "product_data": {
                                    "name": bodies.line(order.description) or order.reference
                                },
                            },
                        }
                    ],
                    # What was asked for is what is paid: no other currency, no discount.
                    "adaptive_pricing": {"enabled": False},
                    "expires_at": int(order.expires_at.timestamp()),
                    "success_url": order.return_url,
                    "cancel_url": order.return_url,
                    "locale": "en" if order.language == "en" else "es-419",
                    "submit_type": "pay",
                    **({"customer_email": order.email} if order.email else {}),
                },
                {"idempotency_key": f"cartera-{order.reference}"},
            )
        if not session.url:
            raise Refused(f"{TITLE}: this payment cannot be begun any more")
        return Checkout(session.url, session.id)

    def look_up(self, reference: str, gateway_ids: Sequence[str] = ()) -> Found | None:
        """By the names that are known; by the reference among the last sessions where none is."""
        with _asking():
            known = [
                one for name in gateway_ids if _ID.fullmatch(name) for one in self._named(name)
            ]
            if not any(one.reference == reference for one in known):
                known += self._searched(reference)
        return stripe_answers.best(one for one in known if one.reference == reference)

    def close(self, reference: str, gateway_id: str) -> bool:
        """End the session; one that is paid is not ended."""
        if not re.fullmatch(r"cs_\w+", gateway_id, re.ASCII):
            return False
        found: dict[str, Any] = {}
        with _asking(), suppress(stripe.InvalidRequestError):  # no such one
            found = _plain(self._sessions.retrieve(gateway_id))
            if found.get("client_reference_id") != reference:
                return False
            if found.get("status") == "open":
                with suppress(stripe.InvalidRequestError):  # somebody was faster
                    self._sessions.expire(gateway_id)
                found = _plain(self._sessions.retrieve(gateway_id))
        return found.get("status") == "expired"

    def signal(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> Signal:
        """Verified by Stripe's library."""
        return stripe_events.signal(
            self._client,
            body,
            bodies.header(headers, stripe_events.SIGNATURE),
            secret=self._webhook_secret,
            is_live=self._is_live,
            now=now,
        )

    def check(self) -> Checked:
        """Whether the key may list sessions, which is the least that we need."""
        details = {"environment": "live" if self._is_live else "test"}
        try:
            with _asking():
                self._sessions.list({"limit": 1})
        except Unreachable:
            return Checked(False, "Stripe does not answer. Try again later.")
        except GatewayError:
            return Checked(False, "Stripe does not know this key, or it may not list payments.")
        return Checked(
            True,
            "Stripe knows the key. The webhook's secret shows with the first payment only.",
            details,
        )

    def _named(self, name: str) -> Iterator[Found]:
        """A session or a payment intent by a name from outside; nothing where there is none."""
        with suppress(stripe.InvalidRequestError):
            if name.startswith("cs_"):
                yield self._session(_plain(self._sessions.retrieve(name, {"expand": EXPAND})))
                return
            intents = self._client.v1.payment_intents
            intent = _plain(intents.retrieve(name, {"expand": ["latest_charge"]}))
            if intent.get("status") in stripe_answers.CAME:
                reference = bodies.word((intent.get("metadata") or {}).get("reference"))
                yield stripe_answers.of_intent(intent, reference, self._disputes(intent))
                return
            # A first card that was declined ends nothing while the session's time runs.
            expand = [f"data.{each}" for each in EXPAND]
            listed = _plain(self._sessions.list({"payment_intent": name, "expand": expand}))
            yield from map(self._session, listed.get("data", []))

    def _searched(self, reference: str) -> list[Found]:
        """Sessions of a reference, of the last ones: Stripe has no list by reference, and what it
        calls search is minutes behind.
        """
        params: Any = {"limit": PAGE}
        for _ in range(PAGES):
            page = _plain(self._sessions.list(params))
            ours = [
                one for one in page.get("data", []) if one.get("client_reference_id") == reference
            ]
            if ours:
                return [found for one in ours for found in self._named(str(one.get("id")))]
            if not page.get("has_more") or not page.get("data"):
                break
            params = {"limit": PAGE, "starting_after": page["data"][-1]["id"]}
        return []

    def _session(self, session: dict[str, Any]) -> Found:
        intent = session.get("payment_intent")
        disputes = self._disputes(intent) if isinstance(intent, dict) else []
        return stripe_answers.of_session(session, disputes)

    def _disputes(self, intent: dict[str, Any]) -> list[dict[str, Any]]:
        charge = intent.get("latest_charge")
        if not isinstance(charge, dict) or not charge.get("disputed"):
            return []
        found = _plain(self._client.v1.disputes.list({"charge": str(charge.get("id"))}))
        return [one for one in found.get("data", []) if isinstance(one, dict)]


class _Client(stripe.HTTPClient):
    """Stripe's library over our way of asking: short, bounded, and no answer leads elsewhere."""

    name = "cartera"

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """One request; what has no answer may be tried again, since each has a key of its own."""
        try:
            status, answered, text = exchange(
                method.upper(), url, headers or {}, str(post_data or "").encode()
            )
        except httpx.HTTPError as error:
            failed: Any = stripe.APIConnectionError  # has no types
            raise failed(type(error).__name__, should_retry=True) from None
        return text.decode("utf-8", "replace"), status, answered

    def close(self) -> None:
        """Nothing stays open."""


def _plain(one: Any) -> dict[str, Any]:
    """What the library found, as plain values: what Stripe leaves out is left out."""
    found = one.to_dict(recursive=True)
    return found if isinstance(found, dict) else {}


@contextmanager
def _asking() -> Iterator[None]:
    """Stripe's errors as ours. Their text may hold what was sent: only the kind goes on."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError) as error:
        raise Unreachable(f"{TITLE}: {type(error).__name__}") from None
    except stripe.StripeError as error:
        status = error.http_status or 0
        what = f"{TITLE}: {error.code or type(error).__name__}"
        if status >= 500 or status == 409 or not status:
            raise Unreachable(what) from None
        raise Refused(what) from None
