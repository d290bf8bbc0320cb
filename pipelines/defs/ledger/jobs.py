"""Rebuilding everything: after models changed, or to prove that nothing drifted."""

from __future__ import annotations

import dagster as dg

from pipelines.defs.ledger.assets import RefreshConfig, refresh_marts
from pipelines.lanes import HEAVY

rebuild = dg.define_asset_job(
    "rebuild",
    selection=dg.AssetSelection.assets(refresh_marts),
    config=dg.RunConfig(ops={"refresh_marts": RefreshConfig(full=True)}),
    tags=HEAVY,
    description="Compute all marts from raw again; the figures must come out the same.",
)
