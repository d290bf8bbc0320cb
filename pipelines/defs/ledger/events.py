"""What a refresh tells Dagster, made from dbt's outcome of each node; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import dagster as dg

from cartera.warehouse.refresh import Node, Refresh
from pipelines.defs.ledger.translator import UNIQUE_ID
from pipelines.events import Event

PASSED = {"pass", "success"}


def refresh_events(
    outcome: Refresh, assets: dg.AssetsDefinition, about: Mapping[str, str | int | float]
) -> Iterator[Event]:
    """A materialisation for every model that was built, a check result for every test."""
    keys = asset_keys(assets)
    for node in outcome.nodes:
        if node.unique_id in keys:
            yield dg.MaterializeResult(
                keys[node.unique_id],
                metadata={"seconds": round(node.seconds, 3), "full": outcome.full, **about},
            )
    yield from check_results(outcome.nodes, assets)


def failed_checks(
    nodes: Iterable[Node], assets: dg.AssetsDefinition
) -> Iterator[dg.AssetCheckResult]:
    """After a refresh that failed: the tests only. Models were built, but nobody reads them."""
    return check_results((n for n in nodes if n.status != "skipped"), assets)


def check_results(
    nodes: Iterable[Node], assets: dg.AssetsDefinition
) -> Iterator[dg.AssetCheckResult]:
    """A result for every test among the nodes."""
    keys = check_keys(assets)
    for node in nodes:
        if node.unique_id in keys:
            key = keys[node.unique_id]
            warns = node.status == "warn"
            yield dg.AssetCheckResult(
                passed=node.status in PASSED,
                asset_key=key.asset_key,
                check_name=key.name,
                severity=dg.AssetCheckSeverity.WARN if warns else dg.AssetCheckSeverity.ERROR,
                metadata={
                    "status": node.status,
                    "seconds": round(node.seconds, 3),
                    "message": node.message,
                },
            )


def asset_keys(assets: dg.AssetsDefinition) -> dict[str, dg.AssetKey]:
    """Asset keys by dbt's name of the model."""
    return {str(spec.metadata[UNIQUE_ID]): spec.key for spec in assets.specs}


def check_keys(assets: dg.AssetsDefinition) -> dict[str, dg.AssetCheckKey]:
    """Check keys by dbt's name of the test."""
    return {str((spec.metadata or {})[UNIQUE_ID]): spec.key for spec in assets.check_specs}
