"""dbt-duckdb plugin: gives dbt's connection the lake's address, the extensions from the wheels, and
our limits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dbt.adapters.duckdb.plugins import BasePlugin

from cartera.warehouse.dbt_settings import current
from cartera.warehouse.lake import ducklake_uri, load_extensions, quote

if TYPE_CHECKING:
    from dbt.adapters.duckdb.credentials import DuckDBCredentials
    from duckdb import DuckDBPyConnection


class Plugin(BasePlugin):
    """Called by dbt-duckdb before it attaches the lake."""

    def update_connection_config(
        self,
        creds: DuckDBCredentials,
        config: dict[str, Any],  # noqa: ARG002  # the hook's
    ) -> None:
        """Put the lake's address into the profile's attachment."""
        here = current()
        (attachment,) = creds.attach or []
        attachment.path = ducklake_uri(here)
        attachment.options = {**(attachment.options or {}), "data_path": here.lake_path}

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Load extensions, set time zone, memory and the spill folder."""
        here = current()
        load_extensions(conn, here)
        conn.execute("SET TimeZone = 'UTC'")
        conn.execute(f"SET memory_limit = {quote(here.memory)}")
        conn.execute(f"SET temp_directory = {quote(str(here.root / 'tmp'))}")
        # Order of rows means nothing in these tables, and keeping it costs memory.
        conn.execute("SET preserve_insertion_order = false")
        if here.threads:
            conn.execute(f"SET threads = {int(here.threads)}")
