"""Where the store's schema is not what the code declares.

Migrations lead to the declared schema, so a difference is a fault: a migration that was edited
after databases had run it, or a table changed by hand. Compared are columns, types, defaults,
indexes, unique constraints and foreign keys, not primary keys. Tables that nobody declares do not
count (the lake's catalog may live in the same database), nor do indexes that only speed up.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext

    from cartera.store.db import Store

_log = logging.getLogger(__name__)
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing (`messages`, `messages.transport`, an index's name) as declared and as found."""

    what: str
    declared: str
    found: str

    def __str__(self) -> str:
        return f"{self.what}: declared {self.declared}, found {self.found}"


def differences(store: Store) -> list[Difference]:
    """All there are, by name; empty when all is well. Takes tenths of a second."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    import cartera.store.lake_schema
    import cartera.store.online_schema  # noqa: F401  their tables, too
    from cartera.store.schema import metadata

    with store.read() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
                "include_object": _counts,
                "compare_server_default": _default_differs if store.is_sqlite else True,
            },
        )
        diffs = compare_metadata(context, metadata)
        found = [one for diff in diffs for one in _said(diff, connection.dialect)]
    return sorted(found, key=lambda one: (one.what, one.declared))


def log_differences(store: Store) -> None:
    """Warn of each; nothing where there are none."""
    for difference in differences(store):
        _log.warning("the store is not as this program declares it: %s", difference)


def _counts(thing: Any, _name: str | None, kind: str, is_found: bool, declared: Any) -> bool:
    return not (kind == "index" and is_found and declared is None and not thing.unique)


def _default_differs(
    _context: MigrationContext,
    _found_column: sa.Column[Any],
    column: sa.Column[Any],
    found: str | None,
    _default: Any,
    declared: str | None,
) -> bool:
    """Compare on SQLite, where Alembic takes '' and ('') for two defaults."""
    if isinstance(column.server_default, sa.Identity):  # SQLite numbers rows without being told
        return found is not None
    return _bare(found) != _bare(declared)


def _bare(default: str | None) -> str | None:
    return default and default.removeprefix("(").removesuffix(")").strip("'\"")


def _said(diff: Any, dialect: Dialect) -> Iterator[Difference]:
    if isinstance(diff, list):  # what is otherwise about one column
        for kind, _schema, table, column, _existing, found, declared in diff:
            yield _changed(kind, f"{table}.{column}", found, declared, dialect)
        return
    act, thing = diff[0], diff[-1]
    if act.endswith("_column"):
        what, text = f"{diff[2]}.{thing.name}", _column(thing, dialect)
    elif act.endswith("_table"):
        what, text = thing.name, "a table"
    else:
        what, text = str(thing.name or thing.table.name), _over_columns(thing)
    is_missing = act.startswith("add_")
    yield Difference(what, text if is_missing else NOTHING, NOTHING if is_missing else text)


def _changed(kind: str, what: str, found: Any, declared: Any, dialect: Dialect) -> Difference:
    match kind:
        case "modify_type":
            return Difference(what, declared.compile(dialect), found.compile(dialect))
        case "modify_nullable":
            return Difference(what, *("NULL" if each else "NOT NULL" for each in (declared, found)))
        case _:
            return Difference(what, _default(declared), _default(found))


def _column(column: sa.Column[Any], dialect: Dialect) -> str:
    null = "" if column.nullable else " NOT NULL"
    return f"{column.type.compile(dialect)}{null}"


def _over_columns(
    thing: sa.Index | sa.UniqueConstraint | sa.ForeignKeyConstraint,
) -> str:
    columns = f"({', '.join(column.name for column in thing.columns)})"
    table = thing.table.name if thing.table is not None else ""
    match thing:
        case sa.ForeignKeyConstraint():
            return f"a foreign key from {table} {columns} to {thing.referred_table.name}"
        case sa.Index():
            return f"{'a unique' if thing.unique else 'an'} index of {table} {columns}"
        case _:
            return f"unique values of {table} {columns}"


def _default(default: Any) -> str:
    if default is None:
        return "no default"
    return f"DEFAULT {getattr(default, 'arg', default)!s}"
