"""Keys that only look alike become one: composed (NFC), with plain spaces and hyphens.

Rows that an older program held apart are versions of one key from then on, and the newest of them
wins as it does between versions of one key. Whatever is computed from them is computed anew,
because a lake of another version asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

#: Written out as it was decided then (`cartera.keys`).
_INVISIBLE = (
    "[\u0080-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SPACES = "[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_HYPHENS = "[\u02d7\u058a\u05be\u1806\u2010-\u2015\u2043\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]"
_STEPS = ((_INVISIBLE, ""), (_SPACES, " "), (_HYPHENS, "-"))
_COMPANY = ("company_id",)
_KEYS = {
    "clients": ("company_id", "client_id"),
    "documents": ("company_id", "document_id", "client_id"),
    "instalments": ("company_id", "document_id"),
    "payments": ("company_id", "payment_id", "client_id"),
    "allocations": (
        "company_id", "allocation_id", "source_id", "document_id", "target_payment_id",
    ),
    "client_edits": ("company_id", "client_id"),
    "rejects": _COMPANY,
    "batches": _COMPANY,
}  # fmt: skip


def apply(connection: duckdb.DuckDBPyConnection) -> None:
    """Rewrite the rows whose keys are not as they are compared now; nearly always none."""
    for table, columns in _KEYS.items():
        changed = " OR ".join(f"{column} <> {_normal(column)}" for column in columns)
        values = ", ".join(f"{column} = {_normal(column)}" for column in columns)
        unusual = " OR ".join(
            f"regexp_matches({column}, '[^ -~]') OR {column} <> trim({column})"
            for column in columns
        )
        connection.execute(
            f"UPDATE lake.raw.{table} SET {values} WHERE ({unusual}) AND ({changed})"
        )
    # Two edits of one client that came at once, as two clients: the later one holds.
    connection.execute(
        "DELETE FROM lake.raw.client_edits AS earlier WHERE EXISTS ("
        "SELECT 1 FROM lake.raw.client_edits AS later "
        "WHERE later.company_id = earlier.company_id AND later.client_id = earlier.client_id "
        "AND later.batch_id = earlier.batch_id AND later.changed_at > earlier.changed_at)"
    )


def _normal(column: str) -> str:
    for pattern, instead in _STEPS:
        column = f"regexp_replace({column}, '{pattern}', '{instead}', 'g')"
    return f"trim(nfc_normalize({column}))"
