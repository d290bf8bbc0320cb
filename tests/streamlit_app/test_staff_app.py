"""Starting the staff app."""

from __future__ import annotations

import sys

import pytest

from streamlit_app.shared.services import Services
from streamlit_app.staff import __main__ as entry
from tests.streamlit_app.accounts import account


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Options with which the server was run; it is not run."""
    runs: list[dict[str, object]] = []

    class App:
        def run(self, config: dict[str, object]) -> None:
            runs.append(config)

    monkeypatch.setattr(entry, "create", lambda secure: App())
    return runs


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4"])
def test_the_network_is_refused_until_somebody_has_an_account(
    host: str,
    found: Services,
    started: list[dict[str, object]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["staff", "--host", host])
    with pytest.raises(SystemExit) as refused:
        entry.main()
    assert refused.value.code == 2
    assert "cartera user add" in capsys.readouterr().err
    assert started == []
    account(found.store)
    entry.main()
    assert started[0]["server.address"] == host


def test_this_machine_is_served_and_told_how_to_begin(
    found: Services,
    started: list[dict[str, object]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["staff", "--port", "8599"])
    entry.main()
    first, second = capsys.readouterr().out.splitlines()
    assert first == "http://127.0.0.1:8599/login"
    assert "cartera user add" in second
    assert len(started) == 1
