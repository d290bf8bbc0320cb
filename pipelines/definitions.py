"""Everything that Dagster knows, joined; nothing is defined here."""

from __future__ import annotations

import dagster as dg

from pipelines.defs.history.jobs import forget_history
from pipelines.defs.history.schedules import nightly_forgetting
from pipelines.defs.inbox.assets import load
from pipelines.defs.inbox.jobs import fast_lane
from pipelines.defs.inbox.sensors import inbox_files
from pipelines.defs.ledger.assets import refresh_marts
from pipelines.defs.ledger.jobs import rebuild
from pipelines.defs.mail.invoices import invoices_arrived, new_invoices
from pipelines.defs.mail.jobs import mail_reports, mail_upkeep, send_mail
from pipelines.defs.mail.schedules import nightly_mail_upkeep, reports_every_few_minutes
from pipelines.defs.mail.sensors import mail_waiting
from pipelines.defs.notices.jobs import see_to_notices
from pipelines.defs.notices.sensors import clients_wrote
from pipelines.defs.online.jobs import see_to_payments
from pipelines.defs.online.sensors import clients_paid
from pipelines.defs.reminders.jobs import daily_mail, remind
from pipelines.defs.reminders.sensors import daily_mail_due, reminders_due
from pipelines.defs.statements.jobs import scheduled_statements
from pipelines.defs.statements.sensors import statements_due
from pipelines.defs.upkeep.jobs import upkeep
from pipelines.defs.upkeep.schedules import nightly_upkeep
from pipelines.resources import Home

defs = dg.Definitions(
    assets=[load, refresh_marts],
    jobs=[
        fast_lane,
        rebuild,
        upkeep,
        forget_history,
        send_mail,
        mail_reports,
        mail_upkeep,
        new_invoices,
        remind,
        daily_mail,
        scheduled_statements,
        see_to_notices,
        see_to_payments,
    ],
    sensors=[
        inbox_files,
        mail_waiting,
        invoices_arrived,
        reminders_due,
        daily_mail_due,
        statements_due,
        clients_wrote,
        clients_paid,
    ],
    schedules=[
        nightly_upkeep,
        nightly_forgetting,
        nightly_mail_upkeep,
        reports_every_few_minutes,
    ],
    resources={"home": Home()},
    # A process per step would be spent on starting processes (docs: two thirds of the time).
    executor=dg.in_process_executor,
)
