"""Checkout sessions: begun once, looked up, ended; and what became of the money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cartera import clock
from cartera.gateways.base import Order, Refused, Unreachable
from cartera.gateways.stripe import Stripe, of
from tests.gateways.fake_stripe import KEY, FakeStripe, error
from tests.gateways.serving import serving
from tests.ports import free_port

OURS = "CT22334455BCDF"


def stripe_of(url: str, **changed: str) -> Stripe:
    values = {
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRET": "whsec_of_the_tests",
        "STRIPE_TEST_URL": url,
    } | changed
    return of("acme", {name: SecretStr(value) for name, value in values.items()})


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[FakeStripe, str]]:
    fake = FakeStripe()
    with serving(fake.app()) as url:
        fake.url = url
        yield fake, url


@pytest.fixture
def fake(served: tuple[FakeStripe, str]) -> FakeStripe:
    found = served[0]
    fresh = FakeStripe(url=served[1])
    for name in ("sessions", "intents", "disputes", "replies", "broken", "asked", "form"):
        setattr(found, name, getattr(fresh, name))
    return found


@pytest.fixture
def ours(served: tuple[FakeStripe, str], fake: FakeStripe) -> Stripe:
    return stripe_of(served[1])


@pytest.fixture
def order(ours: Stripe) -> Order:
    return Order(
        reference=OURS,
        amount=Decimal("125000.50"),
        currency="COP",
        expires_at=clock.now() + timedelta(minutes=ours.lives()),
        return_url="https://cartera.example/pagos/abc",
        description="Facturas FV-1, FV-2",
        email="pedro@example.com",
    )


def test_what_stripe_is_asked(ours: Stripe, fake: FakeStripe, order: Order) -> None:
    begun = ours.start(order)
    assert begun == (f"{fake.url}/c/pay/cs_test_1", "cs_test_1")
    assert fake.form == {
        "mode": "payment",
        "client_reference_id": OURS,
        "metadata[reference]": OURS,
        "payment_intent_data[description]": OURS,
        "payment_intent_data[metadata][reference]": OURS,
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "cop",
        "line_items[0][price_data][unit_amount]": "12500050",
        "line_items[0][price_data][product_data][name]": "Facturas FV-1, FV-2",
        "adaptive_pricing[enabled]": "false",
        "expires_at": str(int(order.expires_at.timestamp())),
        "success_url": "https://cartera.example/pagos/abc",
        "cancel_url": "https://cartera.example/pagos/abc",
        "locale": "es-419",
        "submit_type": "pay",
        "customer_email": "pedro@example.com",
    }


def test_the_same_order_has_one_session(ours: Stripe, fake: FakeStripe, order: Order) -> None:
    assert ours.start(order) == ours.start(order)
    assert len(fake.sessions) == 1


def test_another_amount_under_the_same_reference_is_refused(ours: Stripe, order: Order) -> None:
    ours.start(order)
    with pytest.raises(Refused):
        ours.start(replace(order, amount=Decimal(1)))


def test_it_lives_as_long_as_stripe_wants_also_a_moment_later(ours: Stripe, order: Order) -> None:
    late = replace(order, expires_at=order.expires_at - timedelta(minutes=4))
    assert ours.start(late).gateway_id
    with pytest.raises(Refused):
        ours.start(
            replace(order, reference="SHORT", expires_at=clock.now() + timedelta(minutes=20))
        )


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("10.50", "USD", 1050), ("125000.50", "COP", 12_500_050), ("5000", "CLP", 5000),
        ("500", "JPY", 500), ("5", "ISK", 500), ("5", "UGX", 500), ("1.230", "KWD", 1230),
        ("99999999999999.99", "COP", 9_999_999_999_999_999), ("0.01", "USD", 1),
    ],
)  # fmt: skip
def test_amounts_are_exact_there_and_back(
    ours: Stripe, fake: FakeStripe, order: Order, amount: str, currency: str, units: int
) -> None:
    begun = ours.start(replace(order, amount=Decimal(amount), currency=currency))
    assert fake.sessions[begun.gateway_id]["amount_total"] == units
    found = ours.look_up(OURS, [begun.gateway_id])
    assert found is not None
    assert (found.amount, found.currency) == (Decimal(amount), currency)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("0.5", "CLP"), ("0.005", "USD"), ("1.2345", "KWD"), ("1.234", "KWD"), ("5.50", "UGX"),
     ("0", "USD"), ("-1", "USD")],
)  # fmt: skip
def test_amounts_that_stripe_cannot_have_are_refused(
    ours: Stripe, fake: FakeStripe, order: Order, amount: str, currency: str
) -> None:
    with pytest.raises(Refused):
        ours.start(replace(order, amount=Decimal(amount), currency=currency))
    assert fake.asked == []


def test_an_open_one_and_one_that_ran_out(ours: Stripe, fake: FakeStripe, order: Order) -> None:
    name = ours.start(order).gateway_id
    assert ours.look_up(OURS, [name]).stand == "open"
    fake.sessions[name]["status"] = "expired"
    assert ours.look_up(OURS, [name]).stand == "expired"


@pytest.mark.parametrize(
    ("status", "stand"),
    [
        ("succeeded", "approved"), ("processing", "pending"), ("requires_action", "pending"),
        ("requires_payment_method", "declined"), ("canceled", "declined"),
    ],
)  # fmt: skip
def test_what_became_of_it_by_every_name(
    ours: Stripe, fake: FakeStripe, order: Order, status: str, stand: str
) -> None:
    session = ours.start(order).gateway_id
    intent = fake.confirm(session, status)
    for names in ([session], [intent], [intent, session], [], ["cs_nothing", "pi_nothing"]):
        found = ours.look_up(OURS, names)
        assert found is not None, names
        assert (found.stand, found.amount, found.gateway_id) == (
            stand, Decimal("125000.50"), intent,
        ), names  # fmt: skip


def test_a_first_card_that_is_declined_ends_nothing(
    ours: Stripe, fake: FakeStripe, order: Order
) -> None:
    session = ours.start(order).gateway_id
    intent = fake.confirm(session, "requires_payment_method")
    fake.sessions[session] |= {"status": "open", "payment_status": "unpaid"}
    for names in ([session], [intent], []):
        assert ours.look_up(OURS, names).stand == "open"


@pytest.mark.parametrize(
    ("refunded", "disputes", "stand", "gone"),
    [
        (0, [], "approved", "0"),
        (2_500_050, [], "approved", "25000.50"),
        (12_500_050, [], "reversed", "125000.50"),
        (0, [("warning_needs_response", 12_500_050)], "approved", "0"),
        (0, [("needs_response", 12_500_050)], "reversed", "125000.50"),
        (0, [("under_review", 12_500_050)], "reversed", "125000.50"),
        (0, [("lost", 12_500_050)], "reversed", "125000.50"),
        (0, [("won", 12_500_050)], "approved", "0"),
        (0, [("lost", 5_000_000)], "approved", "50000"),
        (7_500_050, [("lost", 5_000_000)], "reversed", "125000.50"),
        (0, [("won", 12_500_050), ("lost", 5_000_000)], "approved", "50000"),
        (12_500_050, [("lost", 12_500_050)], "reversed", "125000.50"),
    ],
)
def test_what_went_back(
    ours: Stripe,
    fake: FakeStripe,
    order: Order,
    refunded: int,
    disputes: list[tuple[str, int]],
    stand: str,
    gone: str,
) -> None:
    intent = fake.confirm(ours.start(order).gateway_id)
    charge = fake.charge(intent)
    charge |= {"amount_refunded": refunded, "disputed": bool(disputes)}
    fake.disputes = [
        {"charge": charge["id"], "status": status, "amount": amount, "currency": "cop"}
        for status, amount in disputes
    ]
    for names in ([intent], []):
        found = ours.look_up(OURS, names)
        assert (found.stand, found.refunded) == (stand, Decimal(gone))
        assert found.amount == Decimal("125000.50")


def test_a_dispute_in_another_currency_takes_all(
    ours: Stripe, fake: FakeStripe, order: Order
) -> None:
    intent = fake.confirm(ours.start(order).gateway_id, disputed=True)
    fake.disputes = [
        {"charge": fake.charge(intent)["id"], "status": "lost", "amount": 1, "currency": "usd"}
    ]
    assert ours.look_up(OURS, [intent]).stand == "reversed"


def test_a_name_from_outside_leads_only_to_our_own(
    ours: Stripe, fake: FakeStripe, order: Order
) -> None:
    theirs = ours.start(replace(order, reference="ANOTHER")).gateway_id
    intent = fake.confirm(theirs)
    hostile = ["../disputes", "", "cs_a/../x", "cs_" + "x" * 500, "pi_ñ", "ch_1", "cs_a?b=c"]
    fake.asked.clear()
    assert ours.look_up(OURS, [theirs, intent, *hostile]) is None
    assert set(fake.asked) == {
        f"GET /v1/checkout/sessions/{theirs}",
        f"GET /v1/payment_intents/{intent}",
        "GET /v1/checkout/sessions",
    }


def test_paid_in_two_sessions_is_the_sum(ours: Stripe, fake: FakeStripe, order: Order) -> None:
    names = [ours.start(order).gateway_id]
    fake.replies.clear()  # a day later the key is forgotten
    names.append(ours.start(order).gateway_id)
    for name in names:
        fake.confirm(name)
    found = ours.look_up(OURS, names)
    assert (found.stand, found.amount) == ("approved", Decimal("250001.00"))


def test_without_a_name_it_is_found_among_many(
    ours: Stripe, fake: FakeStripe, order: Order
) -> None:
    name = ours.start(order).gateway_id
    for number in range(150):
        fake.sessions[f"cs_{number}"] = fake.sessions[name] | {
            "id": f"cs_{number}", "client_reference_id": f"OTHER{number}",
        }  # fmt: skip
    assert ours.look_up(OURS).gateway_id == name


def test_ending_one(ours: Stripe, fake: FakeStripe, order: Order) -> None:
    name = ours.start(order).gateway_id
    for nothing in ("cs_nothing", "cs_nothing/expire", "pi_1", ""):
        assert ours.close(OURS, nothing) is False
    assert ours.close("ANOTHER", name) is False
    assert ours.look_up(OURS, [name]).stand == "open"
    assert ours.close(OURS, name) is True
    assert ours.close(OURS, name) is True
    assert ours.look_up(OURS, [name]).stand == "expired"
    with pytest.raises(Refused):
        ours.start(replace(order, amount=Decimal(1)))
    paid = ours.start(replace(order, reference="PAID")).gateway_id
    fake.confirm(paid)
    assert ours.close("PAID", paid) is False
    assert ours.look_up("PAID", [paid]).stand == "approved"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Response(status_code=503), Unreachable), (error(500, "api_error"), Unreachable),
        (error(429, "rate_limit_error"), Unreachable), (HTMLResponse("<h1>no</h1>"), Unreachable),
        (RedirectResponse("/v1/disputes?charge=x"), Unreachable),
        (Response(b"x" * 2_000_000), Unreachable),
        (error(409, "idempotency_error"), Unreachable),
        (error(403, "invalid_request_error"), Refused),
    ],
)  # fmt: skip
def test_an_answer_that_is_none(
    ours: Stripe, fake: FakeStripe, order: Order, answer: Response, kind: Any
) -> None:
    fake.broken = answer
    for asks in (
        lambda: ours.start(order),
        lambda: ours.look_up(OURS),
        lambda: ours.close(OURS, "cs_1"),
    ):
        with pytest.raises(kind) as refusal:
            asks()
        assert KEY not in str(refusal.value)
    assert not any("disputes" in asked for asked in fake.asked)


def test_nobody_listens(order: Order) -> None:
    away = stripe_of(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unreachable):
        away.start(order)
    assert "Try again later" in away.check().text


def test_the_key_is_tried(ours: Stripe, fake: FakeStripe) -> None:
    assert ours.check().is_good
    assert ours.check().details == {"environment": "test"}
    other = stripe_of(fake.url, STRIPE_SECRET_KEY="rk_test_another")
    assert not other.check().is_good
    with pytest.raises(Refused) as refusal:
        other.look_up(OURS)
    assert "another" not in str(refusal.value)


@pytest.mark.parametrize(
    "changed",
    [
        {"STRIPE_SECRET_KEY": "pk_test_51Abc"}, {"STRIPE_SECRET_KEY": "sk_test_51Abc\n"},
        {"STRIPE_SECRET_KEY": "sk_live_51Abc"}, {"STRIPE_WEBHOOK_SECRET": "secret"},
        {"STRIPE_TEST_URL": "https://stripe.example"},
        {"STRIPE_TEST_URL": "http://127.0.0.1:1/v1"},
    ],
)  # fmt: skip
def test_keys_that_cannot_be_are_refused(changed: dict[str, str]) -> None:
    with pytest.raises(Refused):
        stripe_of("http://127.0.0.1:1", **changed)


def test_with_live_keys_nothing_is_a_test() -> None:
    live = stripe_of("", STRIPE_SECRET_KEY="sk_live_51Abc")
    assert not live.is_simulation
    assert live.origin == "https://checkout.stripe.com"
    assert stripe_of("").is_simulation
