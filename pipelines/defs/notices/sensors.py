"""Notices what clients wrote on their pages."""

import dagster as dg
from dagster import SensorEvaluationContext

from cartera import clock
from cartera.notices import telling
from cartera.store import access_requests
from pipelines.defs.notices.jobs import see_to_notices
from pipelines.resources import Home
from pipelines.runs import held_up


@dg.sensor(
    job=see_to_notices,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts as soon as a client writes, or somebody asks for a new link.",
)
def clients_wrote(context: SensorEvaluationContext, home: Home) -> dg.RunRequest | dg.SkipReason:
    if not (access_requests.are_waiting(home.store) or telling.companies_with_news(home.store)):
        return dg.SkipReason("nobody wrote")
    why = held_up(context.instance, see_to_notices.name, clock.now())
    return dg.SkipReason(why) if why else dg.RunRequest()
