"""When the lake is tidied: in the company's small hours."""

from __future__ import annotations

import dagster as dg

from cartera.config import settings
from pipelines.defs.upkeep.jobs import upkeep

nightly_upkeep = dg.ScheduleDefinition(
    name="nightly_upkeep",
    job=upkeep,
    cron_schedule="30 2 * * *",
    execution_timezone=settings().company_profile().timezone,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
