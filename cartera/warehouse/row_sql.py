"""SQL about rows of the input tables: which version holds, whether two are the same, a row's key as
one text, its values as JSON, their hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cartera.contract import Table

if TYPE_CHECKING:
    import duckdb

#: The order of a key's versions: the first is what holds.
_NEWEST_FIRST = 'version_at DESC, batch_id DESC, "row" DESC'

#: Between the parts of what is hashed; no text of a row has it (`control_character`).
_SEPARATOR = "chr(31)"


def is_newest(keys: Iterable[str]) -> str:
    """Whether a version is what holds of these keys."""
    named = ", ".join(f'"{key}"' for key in keys)
    return f"row_number() OVER (PARTITION BY {named} ORDER BY {_NEWEST_FIRST}) = 1"


def same(columns: Iterable[str], one: str, other: str) -> str:
    """Whether two rows have the same values in these columns."""
    return " AND ".join(f'{one}."{c}" IS NOT DISTINCT FROM {other}."{c}"' for c in columns)


def has_any(connection: duckdb.DuckDBPyConnection, source: str) -> bool:
    """Whether there is a row in what stands behind `FROM`."""
    return connection.execute(f"SELECT 1 FROM {source} LIMIT 1").fetchone() is not None


def keys_of(table: Table) -> list[str]:
    """Columns of its key, the company first."""
    return ["company_id", *table.key]


def record_key(table: Table, alias: str) -> str:
    """The key without its company as one text, such as `FV-100` or `FV-100 / 2`."""
    parts = ", ".join(f'{alias}."{column}"' for column in table.key)
    return f"concat_ws(' / ', {parts})"


def record(table: Table, alias: str) -> str:
    """All values as JSON of texts, so that an amount comes back to the cent."""
    fields = ", ".join(f"'{c.name}': {alias}.\"{c.name}\"::VARCHAR" for c in table.all_columns)
    return f"to_json({{{fields}}})::VARCHAR"


def fingerprint(table: Table, alias: str) -> str:
    """A hash of key and values; `updated_at` is none of them.

    What is empty or the contract's default is left out: a column that the contract gains later
    changes no hash of before.
    """
    fields = []
    for column in table.all_columns:
        if column.name == "updated_at":
            continue
        value = f'{alias}."{column.name}"::VARCHAR'
        default = "" if column.default is None else column.default.replace("'", "''")
        fields.append(f"CASE WHEN {value} <> '{default}' THEN '{column.name}=' || {value} END")
    return f"sha256(concat_ws({_SEPARATOR}, '{table.name}', {', '.join(fields)}))"
