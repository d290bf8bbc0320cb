"""Notices what gateways sent, payments to ask about, and answers that the ledger does not have."""

import hashlib
from datetime import datetime

import dagster as dg
from dagster import SensorEvaluationContext

from cartera import clock
from cartera.online import round as rounds
from cartera.store import gateway_events, online_payments
from cartera.store.db import Store
from pipelines.defs.online.jobs import see_to_payments
from pipelines.resources import Home
from pipelines.runs import LATER, RUNNING, ended_runs, is_running, pause_is_over


@dg.sensor(
    job=see_to_payments,
    # The page shows it at once; every look of a sensor costs a tenth of a second of a core.
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts as soon as a gateway says that somebody paid, or is to be asked.",
)
def clients_paid(context: SensorEvaluationContext, home: Home) -> dg.SensorResult | dg.SkipReason:
    now = clock.now()
    if not rounds.are_waiting(home.store, now):
        return dg.SkipReason("nobody paid, and no gateway is to be asked")
    if is_running(context.instance, see_to_payments.name):
        return dg.SkipReason(RUNNING)
    waiting = fingerprint(home.store, now)
    # A payment that cannot be settled is tried later and later; it holds no other back.
    if waiting == context.cursor and not pause_is_over(
        ended_runs(context.instance, see_to_payments.name), now
    ):
        return dg.SkipReason(LATER)
    return dg.SensorResult([dg.RunRequest()], cursor=waiting)


def fingerprint(store: Store, now: datetime) -> str:
    """Says whether what waits is what waited last time; short, since Dagster keeps it per tick."""
    events = [str(event.id) for event in gateway_events.waiting(store, now)]
    payments = [f"{p.public_id}.{p.revision}" for p in online_payments.asked_for(store, now)]
    return hashlib.sha256("\n".join([*events, "", *payments]).encode()).hexdigest()
