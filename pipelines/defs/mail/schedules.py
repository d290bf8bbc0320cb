"""When reports are read and old messages forgotten."""

from __future__ import annotations

import dagster as dg

from cartera.config import settings
from cartera.mail.bounces import has_mailbox
from pipelines.defs.mail.jobs import mail_reports, mail_upkeep

_here = settings()

reports_every_few_minutes = dg.ScheduleDefinition(
    name="reports_every_few_minutes",
    job=mail_reports,
    cron_schedule="*/5 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING
    if has_mailbox(_here)
    else dg.DefaultScheduleStatus.STOPPED,
)

nightly_mail_upkeep = dg.ScheduleDefinition(
    name="nightly_mail_upkeep",
    job=mail_upkeep,
    cron_schedule="15 3 * * *",
    execution_timezone=_here.company_profile().timezone,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
