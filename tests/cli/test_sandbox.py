"""`cartera sandbox`: what it refuses before it serves; serving is tested in tests/sandbox."""

from __future__ import annotations

import pytest

KEYS = {
    "CARTERA_SANDBOX_KEY": "k" * 16,
    "CARTERA_SANDBOX_SIGNING_SECRET": "s" * 16,
    "CARTERA_SANDBOX_EVENTS_SECRET": "e" * 16,
}


@pytest.mark.parametrize("name", KEYS)
def test_a_secret_that_is_missing_or_short_is_named_and_not_shown(cartera, name):
    for value in ("", "shhh"):
        done = cartera("sandbox", **KEYS | {name: value})
        assert done.code == 1
        assert f"{name} needs at least 16 characters" in done.err
        assert "shhh" not in done.err


@pytest.mark.parametrize("url", ["client:8502", "ftp://127.0.0.1/x", "http://", "javascript:x"])
def test_an_address_for_events_that_is_none(cartera, url):
    done = cartera("sandbox", "--events-url", url, **KEYS)
    assert done.code == 1
    assert "CARTERA_SANDBOX_EVENTS_URL" in done.err


def test_a_port_that_is_none(cartera):
    assert cartera("sandbox", "--port", "70000", **KEYS).code == 2
