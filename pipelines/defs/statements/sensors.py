"""Notices schedules whose moment is now or is over, whatever the machine did in between."""

import dagster as dg
from dagster import SensorEvaluationContext

from cartera import clock
from cartera.schedules.run import due
from cartera.warehouse.reader import Reader
from pipelines.defs.statements.jobs import scheduled_statements
from pipelines.resources import Home
from pipelines.runs import held_up


@dg.sensor(
    job=scheduled_statements,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Queues scheduled statements once their moment has come, also after an absence.",
)
def statements_due(context: SensorEvaluationContext, home: Home) -> dg.RunRequest | dg.SkipReason:
    now = clock.now()
    if not due(home.settings, home.store, Reader(home.settings, home.store), now=now):
        return dg.SkipReason("no schedule is due")
    why = held_up(context.instance, scheduled_statements.name, now)
    return dg.SkipReason(why) if why else dg.RunRequest()
