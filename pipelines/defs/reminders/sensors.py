"""Notices that something is due at or before now: reminders, and the daily mail.

Never "is it exactly nine o'clock": a machine that was off finds the same work waiting. What a run
has decided is not decided again until something changes that a decision depends on.
"""

import json

import dagster as dg
from dagster import SensorEvaluationContext

from cartera import clock
from cartera.mail import daily
from cartera.reminders import run
from cartera.warehouse.reader import Reader
from pipelines.defs.reminders.jobs import daily_mail, remind
from pipelines.resources import Home
from pipelines.runs import LATER, RUNNING, ended_runs, held_up, is_running, pause_is_over


@dg.sensor(
    job=remind,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Decides reminders from a company's hour on, and again when something changed.",
)
def reminders_due(context: SensorEvaluationContext, home: Home) -> dg.SensorResult | dg.SkipReason:
    now = clock.now()
    ready = run.ready(home.settings, home.store, Reader(home.settings, home.store), now=now)
    if not ready:
        return dg.SkipReason("no company reminds its clients at this hour")
    if is_running(context.instance, remind.name):
        return dg.SkipReason(RUNNING)
    runs = ended_runs(context.instance, remind.name)
    failed = bool(runs) and not runs[0][0]
    # Only what is ready counts: a company whose hours are over is decided anew tomorrow.
    before = json.loads(context.cursor or "{}")
    changed = {c for c, state in ready.items() if list(state) != before.get(c)}
    if not changed and not failed:
        return dg.SkipReason("all is decided, and nothing changed since")
    if failed and not pause_is_over(runs, now):
        return dg.SkipReason(LATER)
    cursor = json.dumps({**before, **{c: list(state) for c, state in ready.items()}})
    return dg.SensorResult([dg.RunRequest()], cursor=cursor)


@dg.sensor(
    job=daily_mail,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Writes the daily mail of a working day, from the company's hour on.",
)
def daily_mail_due(context: SensorEvaluationContext, home: Home) -> dg.RunRequest | dg.SkipReason:
    now = clock.now()
    if home.settings.mail_transport == "off":
        return dg.SkipReason("mail is switched off (CARTERA_MAIL, CARTERA_SMTP_HOST)")
    if not daily.due(home.settings, home.store, now=now):
        return dg.SkipReason("nobody's daily mail is due")
    why = held_up(context.instance, daily_mail.name, now)
    return dg.SkipReason(why) if why else dg.RunRequest()
