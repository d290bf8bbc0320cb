"""What an asset yields: something was made, or something was checked."""

from __future__ import annotations

from typing import TypeAlias

import dagster as dg

Event: TypeAlias = dg.MaterializeResult[None] | dg.AssetCheckResult
