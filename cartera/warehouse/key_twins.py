"""Clients whose codes differ in capitals alone: two for us, and seldom for whoever wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartera.contract import Note
from cartera.warehouse.lake import ALIAS

if TYPE_CHECKING:
    import duckdb

    from cartera.sources.files import FileContents


def notes(connection: duckdb.DuckDBPyConnection, contents: FileContents) -> list[Note]:
    """Codes of clients in a file that stand beside a client of another spelling.

    Called in the transaction that wrote the file's rows.
    """
    import polars as pl

    from cartera.sources.notes import bounded

    named = [
        frame.select("company_id", "client_id", "row")
        for frame in contents.tables.values()
        if "client_id" in frame.columns
    ]
    if not named:
        return []
    used = pl.concat(named).group_by("company_id", "client_id").agg(pl.col("row").min())
    connection.register("used_clients", used.to_arrow())
    try:
        found = connection.execute(
            f"""
            WITH known AS (SELECT DISTINCT company_id, client_id FROM {ALIAS}.raw.clients)
            SELECT used.company_id, used."row", used.client_id, min(known.client_id)
            FROM used_clients AS used
            JOIN known ON known.company_id = used.company_id
                AND lower(known.client_id) = lower(used.client_id)
                AND known.client_id <> used.client_id
            GROUP BY ALL ORDER BY ALL
            """
        ).fetchall()
    finally:
        connection.unregister("used_clients")
    return bounded(
        Note("capitals_differ", company, column="client_id", row=row, value=key, detail=other)
        for company, row, key, other in found
    )
