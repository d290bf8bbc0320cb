"""When old runs are deleted: nightly, while nobody looks at them."""

from __future__ import annotations

import dagster as dg

from cartera.config import settings
from pipelines.defs.history.jobs import forget_history

nightly_forgetting = dg.ScheduleDefinition(
    name="nightly_forgetting",
    job=forget_history,
    cron_schedule="45 3 * * *",
    execution_timezone=settings().company_profile().timezone,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
