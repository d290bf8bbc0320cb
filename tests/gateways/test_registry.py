"""A company's account at a gateway: keys from the environment, its own or everybody's."""

from __future__ import annotations

import pytest

from cartera.gateways import keys, registry
from cartera.gateways.base import Gateway, Refused
from cartera.gateways.keys import Key
from tests.gateways.fake_wompi import EVENTS, INTEGRITY, PRIVATE, PUBLIC
from tests.sandbox.machine import keys as sandbox_keys

WOMPI = {
    "CARTERA_WOMPI_PUBLIC_KEY": PUBLIC,
    "CARTERA_WOMPI_PRIVATE_KEY": PRIVATE,
    "CARTERA_WOMPI_EVENTS_SECRET": EVENTS,
    "CARTERA_WOMPI_INTEGRITY_SECRET": INTEGRITY,
}
STRIPE = {
    "CARTERA_STRIPE_SECRET_KEY": "sk_test_51Abc",
    "CARTERA_STRIPE_WEBHOOK_SECRET": "whsec_abc",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in (WOMPI | STRIPE | sandbox_keys()).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize("name", registry.MODULES)
def test_every_module_is_a_gateway(environment: pytest.MonkeyPatch, name: str) -> None:
    found: Gateway = registry.gateway("acme", name)
    maker = registry.maker(name)
    assert (found.name, found.title) == (maker.NAME, maker.TITLE) == (name, maker.TITLE)
    assert found.is_simulation  # all of these are keys for tests
    assert (name == "sandbox") == maker.SIMULATION
    assert found.origin.startswith("http")
    assert found.takes("COP")
    assert found.least("COP") >= 0
    assert 30 <= found.lives() <= 60
    for text in (repr(found), str(found)):
        assert not any(
            secret in text for secret in (PRIVATE, EVENTS, INTEGRITY, "sk_test", "whsec")
        )


@pytest.mark.parametrize("name", registry.MODULES)
def test_what_is_missing_is_named_and_nothing_of_what_is_there(
    environment: pytest.MonkeyPatch, name: str
) -> None:
    needed = [key for key in registry.maker(name).KEYS if not key.is_optional]
    for key in needed:
        with environment.context() as without:
            without.delenv(keys.PREFIX + key.name)
            with pytest.raises(Refused) as refusal:
                registry.gateway("acme", name)
            assert f"CARTERA_{key.name}" in str(refusal.value)
            (account,) = [a for a in registry.accounts("acme") if name == a.maker.NAME]
            assert not account.is_ready
            assert account.missing == [key]


def test_all_that_are_ready(environment: pytest.MonkeyPatch) -> None:
    assert [(one.maker.NAME, one.is_ready) for one in registry.accounts("acme")] == [
        ("wompi", True), ("stripe", True), ("sandbox", True),
    ]  # fmt: skip


def test_there_is_no_other() -> None:
    for name in ("paypal", "", "../base", "base"):
        with pytest.raises(Refused):
            registry.gateway("acme", name)


def test_a_company_with_a_key_of_its_own_takes_none_of_the_common_ones(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("CARTERA_WOMPI_PRIVATE_KEY__ACME_SAS", "prv_test_Own")
    with pytest.raises(Refused, match="CARTERA_WOMPI_PUBLIC_KEY"):
        registry.gateway("acme-sas", "wompi")
    assert registry.gateway("other", "wompi")
    assert keys.variable(Key("X", ""), "acme-sas", is_own=True) == "CARTERA_X__ACME_SAS"


@pytest.mark.parametrize(
    "url",
    [
        "http://sandbox.example", "https://127.0.0.1:8503", "http://127.0.0.1.evil.example",
        "http://127.0.0.1:8503@evil.example", "http://127.0.0.1:8503/path", "http://10.0.0.1:8503",
        "http://127.0.0.1:8503?x", "ftp://127.0.0.1", "127.0.0.1:8503", "http://0.0.0.0:8503",
    ],
)  # fmt: skip
def test_the_simulation_is_on_this_machine_or_refused(
    environment: pytest.MonkeyPatch, url: str
) -> None:
    environment.setenv("CARTERA_SANDBOX_URL", url)
    with pytest.raises(Refused, match="only for this machine"):
        registry.gateway("acme", "sandbox")


def test_a_company_with_a_key_of_its_own_is_told_its_own_variables(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("CARTERA_STRIPE_SECRET_KEY__ACME", "sk_test_51Own")
    with pytest.raises(Refused, match="CARTERA_STRIPE_WEBHOOK_SECRET__ACME"):
        registry.gateway("acme", "stripe")
    assert registry.gateway("other", "stripe").name == "stripe"
