"""The demo's payments: simulated, on, with keys of their own that last, and no real account."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartera import clock
from cartera.cli import demo_gateway
from cartera.config import Settings
from cartera.gateways import registry
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.sandbox.account import from_environment
from cartera.store import pay_settings
from cartera.store.db import Store, open_store
from cartera.store.pay_settings import PaySettings

URLS = {"url": "http://127.0.0.1:8503", "client_url": "http://127.0.0.1:8502"}


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    opened = open_store(Settings(home=home))
    yield opened
    opened.close()


def test_no_real_account_reaches_the_demo() -> None:
    outer = {
        "PATH": "/bin",
        "CARTERA_WOMPI_PRIVATE_KEY": "prv_prod_x",
        "CARTERA_STRIPE_SECRET_KEY__EJEMPLAR": "sk_live_x",
        "CARTERA_SANDBOX_KEY__EJEMPLAR": "x",
        "CARTERA_MAIL": "off",
    }
    assert demo_gateway.without_foreign(outer) == {"PATH": "/bin", "CARTERA_MAIL": "off"}


def test_keys_are_random_and_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = demo_gateway.variables(tmp_path, **URLS)
    assert demo_gateway.variables(tmp_path, **URLS) == first
    (tmp_path / "other").mkdir()
    other = demo_gateway.variables(tmp_path / "other", **URLS)
    assert all(first[name] != other[name] for name in demo_gateway.NAMES)
    mode = (tmp_path / "sandbox-keys.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    for name, value in first.items():
        monkeypatch.setenv(name, value)
    # Both sides take them.
    account = from_environment()
    assert account.events_url == f"http://127.0.0.1:8502/pagos/eventos/sandbox/{COMPANY_ID}"
    assert registry.gateway(COMPANY_ID, "sandbox").is_simulation


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"CARTERA_SANDBOX_KEY": "half"}'])
def test_a_file_of_keys_that_is_none_is_made_again(tmp_path: Path, text: str) -> None:
    (tmp_path / "sandbox-keys.json").write_text(text, encoding="utf-8")
    made = demo_gateway.variables(tmp_path, **URLS)
    assert demo_gateway.variables(tmp_path, **URLS) == made
    assert len({made[name] for name in demo_gateway.NAMES}) == 3


def test_it_is_turned_on_once_and_off_for_good(store: Store) -> None:
    demo_gateway.turn_on(store)
    assert pay_settings.of_company(store, COMPANY_ID).gateways == ("sandbox",)
    pay_settings.save(store, COMPANY_ID, PaySettings(), by=operator(COMPANY_ID), now=clock.now())
    demo_gateway.turn_on(store)
    assert pay_settings.of_company(store, COMPANY_ID).gateways == ()
