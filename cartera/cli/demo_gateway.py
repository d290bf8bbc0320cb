"""The demo's payments: the simulated gateway with keys of its own, and no other."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from cartera import clock
from cartera.online import events
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.store import pay_settings
from cartera.store.db import Store

#: Beginnings of the variables of accounts that are not the demo's.
FOREIGN = ("CARTERA_WOMPI_", "CARTERA_STRIPE_", "CARTERA_SANDBOX_")
NAMES = ("CARTERA_SANDBOX_KEY", "CARTERA_SANDBOX_SIGNING_SECRET", "CARTERA_SANDBOX_EVENTS_SECRET")


def without_foreign(environment: Mapping[str, str]) -> dict[str, str]:
    """Whatever accounts this machine has: the demo charges nobody."""
    return {name: value for name, value in environment.items() if not name.startswith(FOREIGN)}


def variables(root: Path, *, url: str, client_url: str) -> dict[str, str]:
    """What the simulation and those who use it are told."""
    return {
        **_keys(root / "sandbox-keys.json"),
        "CARTERA_SANDBOX_URL": url,
        "CARTERA_SANDBOX_EVENTS_URL": f"{client_url}{events.PATH}/sandbox/{COMPANY_ID}",
    }


def turn_on(store: Store) -> None:
    """At the first start: clients can pay; whoever turns it off later is obeyed."""
    if COMPANY_ID not in pay_settings.companies_paid(store):
        wanted = pay_settings.PaySettings(gateways=("sandbox",))
        pay_settings.save(store, COMPANY_ID, wanted, by=operator(COMPANY_ID), now=clock.now())


def _keys(path: Path) -> dict[str, str]:
    """Random ones, the same at the next start: a payment that was begun can still be paid.

    They open nothing but a simulation on this machine, so they may lie beside it.
    """
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {name: str(kept[name]) for name in NAMES}
    except (OSError, ValueError, KeyError, TypeError):
        made = {name: secrets.token_urlsafe(24) for name in NAMES}
    scratch = path.with_suffix(".new")
    scratch.unlink(missing_ok=True)
    scratch.touch(mode=0o600)
    scratch.write_text(json.dumps(made), encoding="utf-8")
    scratch.replace(path)
    return made
