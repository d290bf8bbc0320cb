"""The files of the inbox, and the raw tables that they feed."""

from collections.abc import Iterator

import dagster as dg
from dagster import AssetExecutionContext

from cartera import clock, inbox
from cartera.contract import TABLES
from pipelines.defs.inbox.events import FILES_TAKEN, INBOX, ROWS_TAKEN, raw_key, results_events
from pipelines.events import Event
from pipelines.lanes import busy_is_retried
from pipelines.resources import Home

SPECS = [
    dg.AssetSpec(INBOX, group_name="raw", description="Files that people and systems drop."),
    *(
        dg.AssetSpec(
            raw_key(table),
            deps=[INBOX],
            group_name="raw",
            kinds={"ducklake"},
            description=f"Every version of every row of {table}, as loaded.",
        )
        for table in TABLES
    ),
]
CHECKS = [
    dg.AssetCheckSpec(FILES_TAKEN, asset=INBOX, description="No file was refused whole."),
    *(
        dg.AssetCheckSpec(ROWS_TAKEN, asset=raw_key(table), description="No row was refused.")
        for table in TABLES
    ),
]


@dg.multi_asset(name="load", specs=SPECS, check_specs=CHECKS)
def load(context: AssetExecutionContext, home: Home) -> Iterator[Event]:
    """Load every complete file of the inbox and put it away."""
    with busy_is_retried(context.op_execution_context):
        results = inbox.process(home.settings, home.store, now=clock.now())
    yield from results_events(results)
