"""A gateway's keys: from the environment alone, for all companies or for one.

`CARTERA_WOMPI_PRIVATE_KEY` is every company's; `CARTERA_WOMPI_PRIVATE_KEY__ACME` is the key of
the company `acme` (other signs than letters and digits become `_`), and goes before it. A company
with any key of its own takes none of the common ones: half of one account and half of another
would be neither.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import SecretStr

PREFIX = "CARTERA_"


@dataclass(frozen=True, slots=True)
class Key:
    """A value that a gateway needs: its variable without `CARTERA_`, and in English what it is."""

    name: str
    text: str
    is_optional: bool = False


#: Values by `Key.name`; shown, each is stars.
Keys = Mapping[str, SecretStr]


def variable(key: Key, company_id: str, *, is_own: bool) -> str:
    """Name of the environment variable, the company's own one or the common one."""
    own = re.sub(r"[^A-Z0-9]", "_", company_id.upper())
    return f"{PREFIX}{key.name}" + (f"__{own}" if is_own else "")


def read(company_id: str, wanted: Sequence[Key]) -> Keys:
    """What is set for a company, now; what is not set is not in it."""
    for is_own in (True, False):
        found = {
            key.name: SecretStr(value)
            for key in wanted
            if (value := os.environ.get(variable(key, company_id, is_own=is_own), "").strip())
        }
        if found:
            return found
    return {}


def missing(found: Keys, wanted: Sequence[Key]) -> list[Key]:
    """What is needed and not there."""
    return [key for key in wanted if not key.is_optional and key.name not in found]


class Setting(NamedTuple):
    """One key's environment variable, and whether it is set; never what it holds."""

    variable: str
    key: Key
    is_set: bool


def settings(company_id: str, wanted: Sequence[Key]) -> list[Setting]:
    """Which variables count for a company: its own ones as soon as one of them is set."""
    found = read(company_id, wanted)
    is_own = any(
        os.environ.get(variable(key, company_id, is_own=True), "").strip() for key in wanted
    )
    return [
        Setting(variable(key, company_id, is_own=is_own), key, key.name in found) for key in wanted
    ]
