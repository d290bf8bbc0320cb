"""dbt-duckdb plugin: gives dbt's connection the extensions from the wheels, and our limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dbt.adapters.duckdb.plugins import BasePlugin

from cartera.config import settings
from cartera.warehouse.lake import load_extensions, quote

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Plugin(BasePlugin):
    """Called by dbt-duckdb before it attaches the lake."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Load extensions, set time zone, memory and the spill folder."""
        here = settings()
        load_extensions(conn, here)
        conn.execute("SET TimeZone = 'UTC'")
        conn.execute(f"SET memory_limit = {quote(here.memory)}")
        conn.execute(f"SET temp_directory = {quote(str(here.root / 'tmp'))}")
        # Order of rows means nothing in these tables, and keeping it costs memory.
        conn.execute("SET preserve_insertion_order = false")
        if here.threads:
            conn.execute(f"SET threads = {int(here.threads)}")
