"""Wompi's four keys: of one kind, test or production, all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import urlsplit

from cartera.gateways.base import Refused
from cartera.gateways.http import is_loopback
from cartera.gateways.keys import Key, Keys

Kind = Literal["test", "prod"]
KEYS: Sequence[Key] = (
    Key("WOMPI_PUBLIC_KEY", "Public key (pub_prod_…)"),
    Key("WOMPI_PRIVATE_KEY", "Private key (prv_prod_…)"),
    Key("WOMPI_EVENTS_SECRET", "Secret of events (prod_events_…)"),
    Key("WOMPI_INTEGRITY_SECRET", "Secret of integrity (prod_integrity_…)"),
    Key("WOMPI_TEST_URL", "Only for tests: a server on this machine", is_optional=True),
)
_FORMS: Mapping[str, str] = {
    "WOMPI_PUBLIC_KEY": r"pub_(test|prod)_[A-Za-z0-9]+",
    "WOMPI_PRIVATE_KEY": r"prv_(test|prod)_[A-Za-z0-9]+",
    "WOMPI_EVENTS_SECRET": r"(test|prod)_events_[A-Za-z0-9]+",
    "WOMPI_INTEGRITY_SECRET": r"(test|prod)_integrity_[A-Za-z0-9]+",
}
_APIS: Mapping[Kind, str] = {
    "test": "https://sandbox.wompi.co/v1",
    "prod": "https://production.wompi.co/v1",
}
_CHECKOUT = "https://checkout.wompi.co"


@dataclass(frozen=True, slots=True)
class Account:
    """The keys, and where they are good for."""

    kind: Kind
    public: str
    private: str = field(repr=False)
    events: str = field(repr=False)
    integrity: str = field(repr=False)
    api: str
    checkout: str


def account(found: Keys) -> Account:
    """What these keys open. Raises `Refused`: of another form, or of both kinds."""
    values = {name: key.get_secret_value() for name, key in found.items()}
    kinds = set()
    for name, form in _FORMS.items():
        match = re.fullmatch(form, values.get(name, ""))
        if match is None:
            raise Refused(f"CARTERA_{name} does not look like Wompi's")
        kinds.add(match[1])
    if len(kinds) != 1:
        raise Refused("Wompi: some keys are for tests and some for production")
    kind = cast("Kind", kinds.pop())
    api, checkout = _APIS[kind], _CHECKOUT
    if elsewhere := values.get("WOMPI_TEST_URL", "").rstrip("/"):
        if kind != "test" or not is_loopback(elsewhere) or urlsplit(elsewhere).path:
            raise Refused("CARTERA_WOMPI_TEST_URL is for test keys and this machine only")
        api, checkout = f"{elsewhere}/v1", elsewhere
    return Account(
        kind=kind,
        public=values["WOMPI_PUBLIC_KEY"],
        private=values["WOMPI_PRIVATE_KEY"],
        events=values["WOMPI_EVENTS_SECRET"],
        integrity=values["WOMPI_INTEGRITY_SECRET"],
        api=api,
        checkout=checkout,
    )
