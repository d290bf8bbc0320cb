"""Alembic's entry: runs on the connection that `Store.migrate` hands over, in its transaction."""

from alembic import context

import cartera.store.lake_schema  # noqa: F401  the tables beside schema.py, too
from cartera.store.online_schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # also on SQLite: the transaction is ours, not the driver's
)
context.run_migrations()
