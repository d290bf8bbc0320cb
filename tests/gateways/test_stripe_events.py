"""Stripe's events: what Stripe's library signs we take, and what is signed by hand it takes too."""

from __future__ import annotations

import hashlib
import hmac
import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from cartera import clock
from cartera.gateways.base import Forged, Signal
from tests.gateways.test_stripe_sessions import stripe_of

SECRET = "whsec_of_the_tests"
OURS = stripe_of("")
BODY = (
    b'{"id":"evt_1","object":"event","livemode":false,"type":"checkout.session.completed","data":'
    b'{"object":{"id":"cs_test_1","object":"checkout.session","client_reference_id":'
    b'"CT22334455BCDF","payment_status":"paid","amount_total":12500050,"currency":"cop"}}}'
)
COMPLETED: dict[str, Any] = json.loads(BODY)


def by_hand(body: bytes, moment: datetime, secret: str = SECRET) -> str:
    seconds = int(moment.timestamp())
    mac = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={mac}"


def take(
    body: bytes,
    header: str | None = None,
    *,
    now: datetime | None = None,
    name: str = "Stripe-Signature",
) -> Signal:
    moment = now or clock.now()
    return OURS.signal(body, {name: header or by_hand(body, moment)}, now=moment)


def about(kind: str, thing: dict[str, Any], **changed: Any) -> bytes:
    event = deepcopy(COMPLETED) | {"type": kind, "data": {"object": thing}} | changed
    return json.dumps(event).encode()


def test_the_signature_as_openssl_computes_it() -> None:
    # printf '1514764800.{"id":"evt_1",…' | openssl dgst -sha256 -hmac whsec_of_the_tests
    mac = "03a3e3e80d0bb0b504bbb8c3c077ced32dc677b595c0adac2bc339c8f153e72d"
    then = datetime(2018, 1, 1, 0, 0, 30, tzinfo=UTC)
    assert take(BODY, f"t=1514764800,v1={mac}", now=then).key == "evt_1"
    assert by_hand(BODY, datetime(2018, 1, 1, tzinfo=UTC)) == f"t=1514764800,v1={mac}"


def test_what_stripe_s_library_signs_is_taken() -> None:
    header = stripe.WebhookSignature.generate_signature_header(BODY.decode(), SECRET)
    assert take(BODY, header) == Signal(
        key="evt_1",
        kind="checkout.session.completed",
        reference="CT22334455BCDF",
        gateway_id="cs_test_1",
        stand="approved",
        amount=Decimal("125000.50"),
        currency="COP",
    )


def test_what_is_signed_by_hand_stripe_s_library_takes() -> None:
    event = stripe.Webhook.construct_event(BODY, by_hand(BODY, clock.now()), SECRET)
    assert event.id == take(BODY).key


def test_a_header_is_found_however_it_is_written() -> None:
    assert take(BODY, name="stripe-signature").key == "evt_1"


def test_old_and_early_ones_are_refused() -> None:
    now = clock.now()
    assert take(BODY, by_hand(BODY, now - timedelta(minutes=4)), now=now).key == "evt_1"
    for moment in (now - timedelta(minutes=6), now + timedelta(minutes=20)):
        with pytest.raises(Forged):
            take(BODY, by_hand(BODY, moment), now=now)


@pytest.mark.parametrize(
    "header",
    [
        "nothing", "t=,v1=", "t=1", "v1=00", "t=x,v1=00", "t=1,v1=ñ", "t=" + "9" * 5000 + ",v1=0",
        "t=1,v0=" + "0" * 64, "=,=,=", ",", "t", "t=1,t=2,v1=0",
    ],
)  # fmt: skip
def test_a_header_that_is_none(header: str) -> None:
    with pytest.raises(Forged):
        take(BODY, header)
    with pytest.raises(Forged):
        OURS.signal(BODY, {}, now=clock.now())


def test_another_secret_or_body_is_refused() -> None:
    now = clock.now()
    with pytest.raises(Forged):
        take(BODY, by_hand(BODY, now, "whsec_another"))
    for other in (BODY + b" ", BODY.replace(b"12500050", b"12500051"), b""):
        with pytest.raises(Forged):
            take(other, by_hand(BODY, now))


@pytest.mark.parametrize(
    ("kind", "status", "stand"),
    [
        ("checkout.session.completed", "paid", "approved"),
        ("checkout.session.completed", "unpaid", "pending"),
        ("checkout.session.async_payment_succeeded", "paid", "approved"),
        ("checkout.session.async_payment_failed", "unpaid", "declined"),
        ("checkout.session.expired", "unpaid", "expired"),
    ],
)
def test_sessions(kind: str, status: str, stand: str) -> None:
    session = COMPLETED["data"]["object"] | {"payment_status": status}
    found = take(about(kind, session))
    assert (found.stand, found.reference, found.gateway_id) == (
        stand, "CT22334455BCDF", "cs_test_1",
    )  # fmt: skip
    assert (found.amount, found.currency) == (Decimal("125000.50"), "COP")


@pytest.mark.parametrize(("is_all", "stand"), [(True, "reversed"), (False, "approved")])
def test_a_refund_names_the_reference_and_the_intent(is_all: bool, stand: str) -> None:
    charge = {
        "id": "ch_1", "object": "charge", "payment_intent": "pi_1", "amount": 12_500_050,
        "amount_refunded": 100, "refunded": is_all, "currency": "cop",
        "metadata": {"reference": "CT22334455BCDF"},
    }  # fmt: skip
    found = take(about("charge.refunded", charge))
    assert (found.stand, found.reference, found.gateway_id) == (stand, "CT22334455BCDF", "pi_1")
    assert (found.amount, found.currency) == (Decimal("125000.50"), "COP")


@pytest.mark.parametrize(
    "kind",
    ["charge.dispute.created", "charge.dispute.closed", "charge.dispute.funds_withdrawn",
     "charge.dispute.funds_reinstated", "refund.failed", "charge.refund.updated"],
)  # fmt: skip
def test_disputes_name_the_intent_only(kind: str) -> None:
    found = take(about(kind, {"id": "dp_1", "payment_intent": "pi_1", "amount": 5}))
    assert found == Signal(key="evt_1", kind=kind, gateway_id="pi_1")


def test_what_nobody_asks_about() -> None:
    for kind in ("customer.created", "payment_intent.succeeded", "charge.succeeded"):
        thing = {"id": "x", "payment_intent": "pi_1", "client_reference_id": "CT22334455BCDF"}
        assert take(about(kind, thing)) == Signal(key="evt_1", kind=kind)


@pytest.mark.parametrize(
    "changed",
    [
        {"livemode": True}, {"livemode": None}, {"livemode": 0}, {"id": None}, {"id": ""},
        {"id": ["evt_1"]}, {"type": None}, {"data": None}, {"data": {}}, {"data": {"object": []}},
        {"object": "v2.core.event"},
    ],
)  # fmt: skip
def test_what_is_no_event_of_ours_though_signed(changed: dict[str, Any]) -> None:
    with pytest.raises(Forged):
        take(json.dumps(COMPLETED | changed).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"null", b"[]", b"5", b'"x"', b"{}", b"{", b"\xff", b"[" * 100_000, b"x" * 300_000,
        b'{"a":NaN}', BODY.replace(b'"id":"evt_1"', b'"id":"evt_0","id":"evt_1"'),
    ],
)  # fmt: skip
def test_a_body_that_is_none_though_signed(body: bytes) -> None:
    with pytest.raises(Forged):
        take(body)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(COMPLETED["data"]["object"])), JSON)
def test_whatever_a_session_says_it_is_a_signal(name: str, value: Any) -> None:
    """Stripe signed it, so it is taken; what has not the form that it should is left out."""
    session = COMPLETED["data"]["object"] | {name: value}
    found = take(about("checkout.session.completed", session))
    assert found.key == "evt_1"
    assert found.reference == "" or found.reference.isascii()
    assert found.amount is None or isinstance(found.amount, Decimal)
    assert found.currency is None or found.currency.isalpha()


@given(st.binary(max_size=100), st.text(max_size=80))
def test_whatever_comes_nothing_else_is_raised(body: bytes, header: str) -> None:
    with pytest.raises(Forged):
        OURS.signal(body, {"Stripe-Signature": header}, now=clock.now())
