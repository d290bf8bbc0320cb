"""The address of Wompi's checkout: signed as Wompi says, to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import SecretStr

from cartera.gateways.base import Order, Refused
from cartera.gateways.wompi import Wompi, expiration, integrity, of
from tests.gateways.fake_wompi import EVENTS, INTEGRITY, PRIVATE, PUBLIC, FakeWompi
from tests.gateways.serving import serving

DOCUMENTED = "prod_integrity_Z5mMke9x0k8gpErbDqwrJXMqsI6SFli6"
ORDER = Order(
    reference="CT22334455BCDF",
    amount=Decimal("125000.50"),
    currency="COP",
    expires_at=datetime(2026, 11, 26, 15, 4, 5, 250_999, tzinfo=UTC),
    return_url="https://cartera.example/pagos/abc?de=1",
    description="Facturas",
    email="pedro@example.com",
)


def wompi(url: str = "", **changed: str) -> Wompi:
    values = {
        "WOMPI_PUBLIC_KEY": PUBLIC,
        "WOMPI_PRIVATE_KEY": PRIVATE,
        "WOMPI_EVENTS_SECRET": EVENTS,
        "WOMPI_INTEGRITY_SECRET": INTEGRITY,
    } | changed
    if url:
        values["WOMPI_TEST_URL"] = url
    return of("acme", {name: SecretStr(value) for name, value in values.items()})


@pytest.fixture(scope="module")
def fake() -> Iterator[str]:
    with serving(FakeWompi().app()) as url:
        yield url


def test_wompi_s_own_vector() -> None:
    signed = integrity("sk8-438k4-xmxm392-sn2m", "2490000", "COP", "", DOCUMENTED)
    assert signed == "37c8407747e595535433ef8f6a811d853cd943046624a0ec04662b17bbf33bf5"


def test_with_an_expiration_before_the_secret() -> None:
    expires = "2023-06-09T20:28:50.000Z"
    signed = integrity("sk8-438k4-xmxm392-sn2m", "2490000", "COP", expires, DOCUMENTED)
    assert signed == "e972f58e7de36b283fbb93d9318d39a54ffdff4e8e917b534f30d63c9d7bb89c"


def test_an_order_as_openssl_signs_it() -> None:
    # printf 'CT22334455BCDF12500050COP2026-11-26T15:04:05.250Ztest_integrity_Abc123' | openssl …
    query = parse_qs(urlsplit(wompi().start(ORDER).url).query, strict_parsing=True)
    assert {name: value for name, (value,) in query.items()} == {
        "public-key": PUBLIC,
        "currency": "COP",
        "amount-in-cents": "12500050",
        "reference": "CT22334455BCDF",
        "signature:integrity": "6844d1b069f98699853dc40fef3fad21c03d37d1090e2aa87e1fb814f00958d4",
        "redirect-url": "https://cartera.example/pagos/abc?de=1",
        "expiration-time": "2026-11-26T15:04:05.250Z",
        "customer-data:email": "pedro@example.com",
    }


def test_it_leads_to_wompi_and_says_no_secret() -> None:
    begun = wompi().start(ORDER)
    assert begun.url.startswith("https://checkout.wompi.co/p/?")
    assert begun.gateway_id == ""
    assert wompi().origin == "https://checkout.wompi.co"
    assert not any(secret in begun.url for secret in (PRIVATE, EVENTS, INTEGRITY))


def test_the_same_order_leads_to_the_same_payment() -> None:
    assert wompi().start(ORDER) == wompi().start(ORDER)


def test_somebody_else_s_check_accepts_it_and_nothing_changed(fake: str) -> None:
    url = httpx.URL(wompi(fake).start(ORDER).url)
    assert httpx.get(url, trust_env=False).status_code == 200
    for name, value in {
        "amount-in-cents": "1", "reference": "CT22334455BCDG", "currency": "USD",
        "expiration-time": "2027-11-26T15:04:05.250Z",
    }.items():  # fmt: skip
        changed = url.copy_set_param(name, value)
        assert httpx.get(changed, trust_env=False).status_code == 403, name


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "10.005", "1500.0001"])
def test_an_amount_that_has_no_cents_is_refused(amount: str) -> None:
    with pytest.raises(Refused):
        wompi().start(replace(ORDER, amount=Decimal(amount)))


def test_every_amount_is_exact() -> None:
    for text, cents in {
        "99999999999999.99": "9999999999999999", "1500": "150000", "1500.0000": "150000",
        "0.01": "1", "1E+6": "100000000",
    }.items():  # fmt: skip
        url = wompi().start(replace(ORDER, amount=Decimal(text))).url
        assert f"amount-in-cents={cents}&" in url


def test_pesos_only() -> None:
    assert wompi().takes("COP")
    assert not wompi().takes("USD")
    with pytest.raises(Refused):
        wompi().start(replace(ORDER, currency="USD"))


def test_moments_are_written_in_utc() -> None:
    there = datetime(2026, 11, 26, 10, 4, 5, 7_999, tzinfo=ZoneInfo("America/Bogota"))
    assert expiration(there) == "2026-11-26T15:04:05.007Z"


@pytest.mark.parametrize(
    "changed",
    [
        {"WOMPI_PUBLIC_KEY": "pub_prod_Abc"},
        {"WOMPI_PRIVATE_KEY": "prv_prod_Abc"},
        {"WOMPI_EVENTS_SECRET": "prod_events_Abc"},
        {"WOMPI_INTEGRITY_SECRET": "prod_integrity_Abc"},
        {"WOMPI_PRIVATE_KEY": PUBLIC},
        {"WOMPI_PUBLIC_KEY": PUBLIC + "\n"},
        {"WOMPI_PUBLIC_KEY": "something"},
        {"WOMPI_TEST_URL": "https://wompi.example"},
        {"WOMPI_TEST_URL": "http://127.0.0.1:1/other"},
        {"WOMPI_TEST_URL": "http://127.0.0.1@evil.example"},
    ],
)
def test_keys_that_do_not_go_together_are_refused(changed: dict[str, str]) -> None:
    with pytest.raises(Refused) as refusal:
        wompi(**changed)
    assert PRIVATE not in str(refusal.value)


def test_with_production_keys_nothing_is_a_test() -> None:
    prod = {
        "WOMPI_PUBLIC_KEY": "pub_prod_Abc",
        "WOMPI_PRIVATE_KEY": "prv_prod_Abc",
        "WOMPI_EVENTS_SECRET": "prod_events_Abc",
        "WOMPI_INTEGRITY_SECRET": "prod_integrity_Abc",
    }
    assert not wompi(**prod).is_simulation
    assert wompi().is_simulation
    with pytest.raises(Refused):
        wompi("http://127.0.0.1:8000", **prod)
