"""Stores as programs of earlier days left them, with rows in them.

`old_schemas/<commit>/` holds the migrations that were edited after databases had run them, as each
commit had them; the others are today's, which are frozen (`test_frozen_migrations`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from cartera.store.db import MIGRATIONS, Store

OLD_SCHEMAS = Path(__file__).parent / "old_schemas"
#: Rows that `fill` puts into each table.
ROWS = 3
#: Of the messages, by their number: only the last one may ever leave.
STATES = {1: "sent", 2: "held", 3: "waiting"}
CONTENT = {"subject": "Su estado de cuenta", "body": "<p>Hola</p>", "enclosures": ["pdf"]}
START = datetime(2026, 11, 20, 12)


@dataclass(frozen=True)
class Home:
    """A store's history: the commits whose 0003 and 0004 it ran (none: today's), and how far."""

    at: str
    mail: str = ""
    reminders: str = ""

    def __str__(self) -> str:
        return "-".join(part for part in (self.at, self.mail, self.reminders) if part)


MAIL = ("922ac83", "a75c546", "b2120ad", "")
#: What each edited migration led to, and what became of it until today.
HOMES = [
    Home("0001"),
    Home("0002"),
    *(Home("0003", mail) for mail in MAIL),
    *(Home("0004", mail, reminders) for mail in MAIL for reminders in ("8e700ce", "")),
    Home("0006", "922ac83", "8e700ce"),
    Home("0006"),
]


#: Columns that hold a list: what migrations read in them.
LISTS: dict[tuple[str, str], list[Any]] = {
    ("own_payments", "allocations"): [{"document_id": "D-1", "amount": "1.00"}],
    ("own_payments", "not_these"): ["P-1"],
    ("online_payments", "lines"): [{"document_id": "D-1", "amount": "1.00"}],
}


def make(store: Store, home: Home) -> dict[str, list[dict[str, Any]]]:
    """Make the tables as they were, fill them; the rows that were put into each."""
    with _migrations(home) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder))
        with store.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, home.at)
    return _fill(store)


def rows(store: Store, like: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """What stands in the tables of `like` now, in its columns alone."""
    found = {}
    with store.read() as connection:
        tables = _reflected(connection).tables
        for name, before in like.items():
            columns = [tables[name].c[column] for column in before[0]]
            query = sa.select(*columns).order_by(*tables[name].primary_key.columns)
            found[name] = [dict(row) for row in connection.execute(query).mappings()]
    return found


@contextmanager
def _migrations(home: Home) -> Iterator[Path]:
    with TemporaryDirectory(prefix="cartera-migrations-") as folder:
        copied = Path(shutil.copytree(MIGRATIONS, Path(folder) / "migrations"))
        for commit in filter(None, (home.mail, home.reminders)):
            shutil.copytree(OLD_SCHEMAS / commit, copied / "versions", dirs_exist_ok=True)
        yield copied


def _fill(store: Store) -> dict[str, list[dict[str, Any]]]:
    filled = {}
    with store.write() as connection:
        for table in _reflected(connection).sorted_tables:
            if table.name == "alembic_version":
                continue
            values = [_row(table, number) for number in range(1, ROWS + 1)]
            if table.name == "messages":
                values = [row | {"state": STATES[row["id"]], "content": CONTENT} for row in values]
            connection.execute(sa.insert(table), values)
            filled[table.name] = values
    return filled


def _reflected(connection: sa.Connection) -> sa.MetaData:
    metadata = sa.MetaData()
    metadata.reflect(connection)
    return metadata


def _row(table: sa.Table, number: int) -> dict[str, Any]:
    return {column.name: example(column, number) for column in table.columns}


def example(column: sa.Column[Any], number: int) -> Any:
    """Something that fits into a column, for the row of this number."""
    match column.type:
        case sa.Boolean():
            return number == 1
        case sa.Integer():  # also what refers to a row: each row to the one of its own number
            return number
        case sa.DateTime():
            zone = column.type.timezone
            moment = START + timedelta(hours=number)
            return moment.astimezone() if zone else moment
        case sa.Date():
            return date(2026, 11, number)
        case sa.LargeBinary():
            return bytes([number])
        case sa.JSON():
            return LISTS.get((column.table.name, column.name), {"number": number})
        case _:
            text = f"{column.name}-{number}"
            return text[-(column.type.length or len(text)) :]
