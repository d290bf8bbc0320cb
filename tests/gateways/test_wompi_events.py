"""Wompi's events: what its checksum covers, and all the ways in which it does not hold."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartera.gateways.base import Forged, Signal
from cartera.gateways.wompi_events import signal

DOCUMENTED = "prod_events_OcHnIzeBl5socpwByQ4hA52Em3USQ93Z"
#: sha256 of `1234-1610641025-49201APPROVED44900001530291411` and the secret, by openssl.
COMPUTED = "5a18ec5e8fdb7df463e9f94774cba8f583ba21bd04a09ceff2ea68a4bc0aefbe"
#: What Wompi's page prints as the checksum of the same event. It is not.
PRINTED = "3476DDA50F64CD7CBD160689640506FEBEA93239BC524FC0469B2C68A3CC8BD0"
THEN = datetime(2018, 6, 29, 17, 0, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "event": "transaction.updated",
    "data": {
        "transaction": {
            "id": "1234-1610641025-49201",
            "amount_in_cents": 4490000,
            "reference": "MZQ3X2DE2SMX",
            "customer_email": "juan.perez@gmail.com",
            "currency": "COP",
            "payment_method_type": "NEQUI",
            "redirect_url": "https://mitienda.com.co/pagos/redireccion",
            "status": "APPROVED",
            "shipping_address": None,
            "payment_link_id": None,
            "payment_source_id": None,
        }
    },
    "environment": "prod",
    "signature": {
        "properties": ["transaction.id", "transaction.status", "transaction.amount_in_cents"],
        "checksum": COMPUTED,
    },
    "timestamp": 1530291411,
    "sent_at": "2018-07-20T16:45:05.000Z",
}


def take(event: Any, now: datetime = THEN, *, secret: str = DOCUMENTED) -> Signal:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return signal(body, secret=secret, environment="prod", now=now)


def changed(path: str, value: Any, *, sign: bool = False) -> dict[str, Any]:
    """The event with one value changed; `sign`: as Wompi would sign it."""
    event = deepcopy(EVENT)
    *parents, name = path.split("/")
    where = event
    for parent in parents:
        where = where[parent]
    where[name] = value
    return signed(event) if sign else event


def signed(event: dict[str, Any]) -> dict[str, Any]:
    """With the checksum of what its properties name, by hand."""
    text = ""
    for name in event["signature"]["properties"]:
        value = event["data"]
        for part in name.split("."):
            value = value[part]
        text += str(value)
    text += f"{event['timestamp']}{DOCUMENTED}"
    event["signature"]["checksum"] = hashlib.sha256(text.encode()).hexdigest()
    return event


def test_the_documented_event_with_the_checksum_that_it_has() -> None:
    assert take(EVENT) == Signal(
        key=COMPUTED,
        kind="transaction.updated",
        reference="MZQ3X2DE2SMX",
        gateway_id="1234-1610641025-49201",
        stand="approved",
        amount=Decimal("44900.00"),
        currency="COP",
    )


def test_the_checksum_that_wompi_prints_is_wrong_and_refused() -> None:
    with pytest.raises(Forged):
        take(changed("signature/checksum", PRINTED))


def test_capitals_make_no_difference_also_not_to_its_name() -> None:
    assert take(changed("signature/checksum", COMPUTED.upper())).key == COMPUTED


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data/transaction/id", "1234-1610641025-49202"),
        ("data/transaction/status", "DECLINED"),
        ("data/transaction/amount_in_cents", 4490001),
        ("timestamp", 1530291412),
        ("signature/checksum", COMPUTED[:-1] + "f"),
        ("signature/checksum", COMPUTED[:-1]),
        ("signature/checksum", ""),
        ("signature/checksum", None),
        ("signature/checksum", 5),
        ("signature/checksum", [COMPUTED]),
        ("signature/checksum", COMPUTED + "\n"),
        ("signature", None),
        ("signature", []),
        ("data", None),
        ("data", []),
        ("data/transaction", None),
        ("data/transaction", "APPROVED"),
        ("signature/properties", None),
        ("signature/properties", []),
        ("signature/properties", "transaction.id"),
        ("signature/properties", {"0": "transaction.id"}),
        ("signature/properties", [None, 1, True]),
        ("signature/properties", ["transaction.id"] * 21),
        ("signature/properties", ["transaction.payment_link_id"]),
        ("signature/properties", ["transaction"]),
        ("signature/properties", ["transaction.nothing"]),
        ("signature/properties", ["transaction.id.0"]),
        ("signature/properties", ["." * 1000]),
        ("timestamp", None),
        ("timestamp", "1530291411"),
        ("timestamp", 1530291411.0),
        ("timestamp", True),
        ("timestamp", -1),
        ("timestamp", 10**30),
    ],
)
def test_what_is_not_signed_as_it_stands_is_refused(path: str, value: Any) -> None:
    with pytest.raises(Forged):
        take(changed(path, value))


def test_another_secret_s_signature_is_refused() -> None:
    with pytest.raises(Forged):
        take(EVENT, secret=DOCUMENTED[:-1])


def test_the_order_of_what_is_signed_counts() -> None:
    names = ["transaction.status", "transaction.id", "transaction.amount_in_cents"]
    with pytest.raises(Forged):
        take(changed("signature/properties", names))
    assert take(signed(changed("signature/properties", names))).stand == "approved"


def test_more_may_be_signed_but_never_less() -> None:
    names = EVENT["signature"]["properties"]
    more = changed("signature/properties", [*names, "transaction.reference"])
    assert take(signed(more)).reference == "MZQ3X2DE2SMX"
    for left_out in names:
        less = changed("signature/properties", [name for name in names if name != left_out])
        with pytest.raises(Forged, match="does not sign"):
            take(signed(less))


@pytest.mark.parametrize("value", [None, True, 5.5, [], {"a": 1}])
def test_what_has_no_one_text_cannot_be_signed(value: Any) -> None:
    """Whoever computes a checksum over it writes it in a way of their own."""
    event = changed("data/transaction/payment_link_id", value)
    event["signature"]["properties"].append("transaction.payment_link_id")
    with pytest.raises(Forged, match="no one text"):
        take(signed(event))


def test_a_digit_does_not_move_from_the_time_into_the_amount() -> None:
    """`4490000` and `1530291411` stand there as one text: so do `44900001` and `530291411`."""
    event = changed("data/transaction/amount_in_cents", 44900001)
    event["timestamp"] = 530291411
    with pytest.raises(Forged, match="not of these days"):
        take(event)


def test_a_zero_does_not_move_from_the_amount_into_the_time() -> None:
    text = json.dumps(changed("data/transaction/amount_in_cents", 449000))
    moved = text.replace('"timestamp": 1530291411', '"timestamp": 01530291411')
    assert moved != text
    with pytest.raises(Forged, match="not JSON"):
        take(moved.encode())


def test_a_letter_does_not_move_from_the_name_into_the_status() -> None:
    event = changed("data/transaction/id", "1234-1610641025-4920")
    event["data"]["transaction"]["status"] = "1APPROVED"
    with pytest.raises(Forged, match="no status"):
        take(event)


def test_an_amount_written_as_text_is_refused_though_its_checksum_holds() -> None:
    for value in ("4490000", 4490000.0):
        with pytest.raises(Forged):
            take(changed("data/transaction/amount_in_cents", value))


def test_the_reference_is_not_signed_so_it_is_a_hint_under_the_same_name() -> None:
    """A replay with another reference is the same event, and what it leads to is asked for."""
    other = take(changed("data/transaction/reference", "SOMEBODYELSES"))
    assert (other.key, other.reference) == (COMPUTED, "SOMEBODYELSES")


@pytest.mark.parametrize("value", [None, 5, ["x"], "two words", "x" * 65, "\x00", "\ud800", "ñ"])
def test_a_reference_that_cannot_be_one_is_none(value: Any) -> None:
    assert take(changed("data/transaction/reference", value)).reference == ""
    assert take(changed("data/transaction/currency", value)).currency is None


@pytest.mark.parametrize(
    ("status", "stand"),
    [
        ("PENDING", "pending"), ("APPROVED", "approved"), ("DECLINED", "declined"),
        ("ERROR", "error"), ("VOIDED", "reversed"),
    ],
)  # fmt: skip
def test_each_status_is_one_of_ours(status: str, stand: str) -> None:
    assert take(changed("data/transaction/status", status, sign=True)).stand == stand


@pytest.mark.parametrize("status", ["approved", "PAID", ""])
def test_no_other_status_is(status: str) -> None:
    with pytest.raises(Forged):
        take(changed("data/transaction/status", status, sign=True))


def test_another_environment_is_refused() -> None:
    for environment in ("test", "PROD", None, ["prod"]):
        with pytest.raises(Forged, match="environment"):
            take(changed("environment", environment))


def test_retries_of_a_day_and_more_are_taken_and_last_month_s_are_not() -> None:
    sent = datetime.fromtimestamp(1530291411, UTC)
    assert take(EVENT, sent + timedelta(hours=28)).key == COMPUTED
    assert take(EVENT, sent - timedelta(minutes=5)).key == COMPUTED
    for now in (sent + timedelta(days=30), sent - timedelta(hours=1)):
        with pytest.raises(Forged, match="these days"):
            take(EVENT, now)


def test_a_time_in_thousandths_is_one_too() -> None:
    assert take(changed("timestamp", 1530291411123, sign=True)).stand == "approved"


def test_an_event_about_something_else_is_nobody_s() -> None:
    event = {
        **EVENT,
        "event": "nequi_token.updated",
        "data": {"nequi_token": {"id": "nequi_1", "status": "APPROVED"}},
        "signature": {"properties": ["nequi_token.id", "nequi_token.status"], "checksum": ""},
    }
    found = take(signed(event))
    assert (found.kind, found.reference, found.gateway_id) == ("nequi_token.updated", "", "")
    assert found.stand is None


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"5", b'"text"', b"{", b"{}", b"\xff\xfe", b"[" * 60_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b" " * 70_000 + b"{}", b"9" * 60_000,
        b'{"timestamp": NaN}', b'{"timestamp": Infinity}', b"\xef\xbb\xbf{}",
    ],
)  # fmt: skip
def test_a_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(Forged):
        take(body)


def test_a_name_that_stands_twice_is_refused() -> None:
    """One reader checks the first, another one books the last."""
    text = json.dumps(EVENT)
    twice = text.replace(
        '"amount_in_cents": 4490000', '"amount_in_cents": 1, "amount_in_cents": 4490000'
    )
    assert twice != text
    with pytest.raises(Forged):
        take(twice.encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
PATHS = (
    "event", "data", "data/transaction", "data/transaction/id", "data/transaction/status",
    "data/transaction/amount_in_cents", "signature", "signature/properties", "signature/checksum",
    "timestamp", "environment",
)  # fmt: skip


@given(st.binary(max_size=200))
def test_whatever_bytes_come_nothing_else_is_raised(body: bytes) -> None:
    with pytest.raises(Forged):
        take(body)


@given(st.sampled_from(PATHS), JSON)
def test_whatever_stands_anywhere_is_forged_or_what_was_signed(path: str, value: Any) -> None:
    try:
        found = take(changed(path, value))
    except Forged:
        return
    assert found.key == COMPUTED
    assert (found.amount, found.gateway_id) in {
        (Decimal("44900.00"), "1234-1610641025-49201"),
        (None, ""),  # an event that is about something else
    }
