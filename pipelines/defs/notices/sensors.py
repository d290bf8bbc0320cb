"""Notices that somebody asked for a new link."""

import dagster as dg
from dagster import SensorEvaluationContext

from cartera import clock
from cartera.store import access_requests
from pipelines.defs.notices.jobs import answer_access
from pipelines.resources import Home
from pipelines.runs import held_up


@dg.sensor(
    job=answer_access,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts answering as soon as somebody asks for a new link.",
)
def access_asked(context: SensorEvaluationContext, home: Home) -> dg.RunRequest | dg.SkipReason:
    if not access_requests.are_waiting(home.store):
        return dg.SkipReason("nobody asks for a new link")
    why = held_up(context.instance, answer_access.name, clock.now())
    return dg.SkipReason(why) if why else dg.RunRequest()
