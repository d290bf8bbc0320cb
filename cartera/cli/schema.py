"""Where the store's and the lake's tables are not what this version declares, for commands."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cartera.config import Settings
    from cartera.store.db import Store


@dataclass(frozen=True, slots=True)
class Difference:
    """One table, column or index; `declared` or `found` is None where it is not there."""

    where: str
    what: str
    declared: str | None
    found: str | None

    def __str__(self) -> str:
        declared, found = self.declared or "nothing", self.found or "nothing"
        return f"{self.where}: {self.what}: declared {declared}, found {found}"

    def as_json(self) -> dict[str, Any]:
        """Its fields by name."""
        return asdict(self)


def differences(settings: Settings, store: Store) -> list[Difference]:
    """The store's, then the lake's; empty when all is well."""
    from cartera.store import drift
    from cartera.warehouse import lake

    found = [
        Difference("store", one.what, one.declared, one.found) for one in drift.differences(store)
    ]
    for one in lake.differences(settings):
        what = ".".join(filter(None, ("raw", one.table, one.column)))
        declared = "a table" if one.kind == "table" else one.declared
        found.append(Difference("lake", what, declared, one.found))
    return found
