"""The fast lane: load what was dropped, bring up to date what it touched."""

from __future__ import annotations

import dagster as dg

from pipelines.lanes import FAST

fast_lane = dg.define_asset_job(
    "fast_lane",
    selection=dg.AssetSelection.all(),
    tags=FAST,
    description="Load the inbox and refresh what its files touched; warm, one at a time.",
)
