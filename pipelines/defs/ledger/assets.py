"""Every dbt model as an asset with its tests as checks; the core does the work."""

from collections.abc import Iterator

import dagster as dg
from dagster import AssetExecutionContext
from dagster_dbt import dbt_assets

from cartera.config import settings
from cartera.errors import RefreshFailed
from cartera.store.locks import writer_lock
from cartera.warehouse.refresh import Node, Refresh, refresh
from pipelines.defs.ledger.events import failed_checks, refresh_events
from pipelines.defs.ledger.manifest import manifest
from pipelines.defs.ledger.state import state
from pipelines.defs.ledger.translator import Translator
from pipelines.events import Event
from pipelines.lanes import busy_is_retried
from pipelines.resources import Home


class RefreshConfig(dg.Config):
    """`full` computes everything again instead of what later batches touched."""

    full: bool = False


@dbt_assets(
    manifest=manifest(settings()), dagster_dbt_translator=Translator(), name="refresh_marts"
)
def refresh_marts(
    context: AssetExecutionContext, home: Home, config: RefreshConfig
) -> Iterator[Event]:
    """Bring the marts up to date, prove them, publish them.

    A publication is whole or not at all, so a selection in the UI only narrows what is reported.
    """
    nodes: list[Node] = []
    try:
        with busy_is_retried(context.op_execution_context):
            outcome = _refresh(home, full=config.full, nodes=nodes)
    except RefreshFailed:
        yield from _selected(context, failed_checks(nodes, context.assets_def))
        raise
    if outcome.publication is not None:
        context.instance.add_run_tags(
            context.run.run_id, {"cartera/publication": str(outcome.publication.id)}
        )
    about = state(home.settings, outcome.publication)
    yield from _selected(context, refresh_events(outcome, context.assets_def, about))


def _refresh(home: Home, *, full: bool, nodes: list[Node]) -> Refresh:
    with writer_lock(home.settings, home.store, who="refresh"):
        return refresh(home.settings, home.store, full=full, on_node=nodes.append)


def _selected(
    context: AssetExecutionContext,
    events: Iterator[Event],
) -> Iterator[Event]:
    """Only what this run was asked for: Dagster takes a result of anything else as an error."""
    checks = {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
    for event in events:
        if isinstance(event, dg.AssetCheckResult):
            if (event.asset_key, event.check_name) in checks:
                yield event
        elif event.asset_key in context.selected_asset_keys:
            yield event
