"""Against somebody else's imitation of Stripe: `localstripe`, which knows payment intents, charges,
refunds and webhooks (of checkout sessions it knows nothing).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
import stripe
from pydantic import SecretStr

from cartera import clock
from cartera.gateways.base import Forged, Unreachable
from cartera.gateways.stripe import Stripe, of
from tests.gateways.serving import Received, serving, until
from tests.ports import free_port

SECRET = "whsec_of_the_tests"
OURS = "CT22334455BCDF"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    # It keeps a file where it runs.
    folder: Path = tmp_path_factory.mktemp("localstripe")
    process = subprocess.Popen(
        [sys.executable, "-m", "localstripe", "--from-scratch", "--port", str(port)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: _answers(address, process))
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "it ended by itself"
    try:
        return httpx.get(address, trust_env=False).status_code > 0
    except httpx.HTTPError:
        return False


@pytest.fixture
def ours(url: str) -> Stripe:
    values = {
        "STRIPE_SECRET_KEY": "sk_test_12345",
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "STRIPE_TEST_URL": url,
    }
    return of("acme", {name: SecretStr(value) for name, value in values.items()})


@pytest.fixture
def theirs(url: str) -> stripe.StripeClient:
    """Whoever pays, by the library."""
    return stripe.StripeClient("sk_test_12345", base_addresses={"api": url})


def pay(theirs: stripe.StripeClient, reference: str) -> str:
    intent = theirs.v1.payment_intents.create(
        {
            "amount": 12_500_050,
            "currency": "cop",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "metadata": {"reference": reference},
        }
    )
    return intent.id


def test_a_payment_that_came(ours: Stripe, theirs: stripe.StripeClient) -> None:
    intent = pay(theirs, OURS)
    told = ours.look_up(OURS, [intent])
    assert told is not None
    assert (told.stand, told.amount, told.currency) == ("approved", Decimal("125000.50"), "COP")
    assert (told.gateway_id, told.refunded) == (intent, Decimal(0))


def test_what_went_back(ours: Stripe, theirs: stripe.StripeClient) -> None:
    intent = pay(theirs, "BACK")
    theirs.v1.refunds.create({"payment_intent": intent, "amount": 2_500_050})
    told = ours.look_up("BACK", [intent])
    assert told is not None
    assert (told.stand, told.refunded) == ("approved", Decimal("25000.50"))
    theirs.v1.refunds.create({"payment_intent": intent, "amount": 10_000_000})
    told = ours.look_up("BACK", [intent])
    assert told is not None
    assert (told.stand, told.refunded) == ("reversed", Decimal("125000.50"))


def test_another_s_payment_is_not_used(ours: Stripe, theirs: stripe.StripeClient) -> None:
    """Here nobody knows sessions, so that only the named payment could be taken."""
    intent = pay(theirs, "SOMEBODYELSES")
    with pytest.raises(Unreachable):
        ours.look_up(OURS, [intent, "pi_nothing", "cs_nothing"])


def test_its_webhooks_are_verified(ours: Stripe, theirs: stripe.StripeClient, url: str) -> None:
    received = Received()
    with serving(received.app()) as address:
        httpx.post(
            f"{url}/_config/webhooks/ours",
            json={"url": f"{address}/events", "secret": SECRET},
            trust_env=False,
        ).raise_for_status()
        pay(theirs, OURS)
        until(lambda: received.posts)
    body, headers = received.posts[0]
    signal = ours.signal(body, headers, now=clock.now())
    assert signal.key.startswith("evt_")
    assert signal.kind == "payment_intent.succeeded"
    assert (signal.reference, signal.gateway_id) == ("", "")  # sessions tell us, not this
    with pytest.raises(Forged):
        ours.signal(body + b" ", headers, now=clock.now())
