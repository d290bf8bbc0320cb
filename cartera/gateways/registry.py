"""Which gateways there are, and a company's account at one of them.

A new one is a module beside `wompi.py` with `NAME`, `TITLE`, `KEYS`, `SIMULATION` and
`of(company_id, keys)`, and a line in `MODULES`.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import NamedTuple, Protocol, cast

from cartera.gateways import keys
from cartera.gateways.base import Gateway, Refused
from cartera.gateways.keys import Key, Keys

#: In the order in which they are offered.
MODULES = ("wompi", "stripe", "sandbox")


class Maker(Protocol):
    """What a gateway's module has."""

    NAME: str
    TITLE: str
    KEYS: Sequence[Key]
    #: No money moves, ever.
    SIMULATION: bool

    @staticmethod
    def of(company_id: str, found: Keys) -> Gateway:
        """The account that these keys open. Raises `Refused` for keys that cannot be any."""


class Account(NamedTuple):
    """A gateway as a company has it: what it is, and which keys are not set."""

    maker: Maker
    missing: Sequence[Key]

    @property
    def is_ready(self) -> bool:
        """Whether every key that it needs is set."""
        return not self.missing


def maker(name: str) -> Maker:
    """A gateway's module. Raises `KeyError` for a name that is none."""
    if name not in MODULES:
        raise KeyError(name)
    # Stripe's library alone takes half a second: imported only by whoever asks for it.
    return cast("Maker", importlib.import_module(f"cartera.gateways.{name}"))


def accounts(company_id: str) -> list[Account]:
    """Every gateway there is, with what a company lacks of it."""
    makers = [maker(name) for name in MODULES]
    return [Account(m, keys.missing(keys.read(company_id, m.KEYS), m.KEYS)) for m in makers]


def gateway(company_id: str, name: str) -> Gateway:
    """A company's account at a gateway. Raises `Refused` where keys are missing or cannot be."""
    try:
        found = maker(name)
    except KeyError:
        raise Refused(f"there is no gateway {name!r}") from None
    values = keys.read(company_id, found.KEYS)
    if lacking := keys.missing(values, found.KEYS):
        counting = keys.settings(company_id, found.KEYS)
        names = ", ".join(one.variable for one in counting if one.key in lacking)
        raise Refused(f"{found.TITLE}: not set in the environment: {names}")
    return found.of(company_id, values)
