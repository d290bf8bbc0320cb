"""Notices messages that are due, and starts their sending.

A few go through the warm lane; many get a process of their own, so that composing them does not
slow the ledger's lane. Senders may run beside each other: a run too many does no harm.
"""

from datetime import datetime, timedelta

import dagster as dg
from dagster import SensorEvaluationContext

from cartera import clock
from cartera.mail.sender import recover
from cartera.store import claims, companies
from cartera.store.db import Store
from cartera.store.messages import last_event_at
from pipelines.defs.mail.jobs import send_mail
from pipelines.lanes import HEAVY, LANE, MAIL
from pipelines.resources import Home
from pipelines.runs import LATER, UNFINISHED, ended_runs, pause_is_over

#: Messages that the daemon itself sends; composing them takes about a second.
FEW = 40
#: A run that is under way leaves a trace in the store more often than this. One that does not
#: was killed with its process, and Dagster would call it running for ever.
SILENCE = timedelta(minutes=3)


@dg.sensor(
    job=send_mail,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts sending as soon as a message is due.",
)
def mail_waiting(context: SensorEvaluationContext, home: Home) -> dg.RunRequest | dg.SkipReason:
    now = clock.now()
    if home.settings.mail_transport == "off":
        return dg.SkipReason("mail is switched off (CARTERA_MAIL, CARTERA_SMTP_HOST)")
    recover(home.settings, home.store, now)
    count = due(home.store, now)
    if not count:
        return dg.SkipReason("nothing is due")
    if is_sending(context.instance, home.store, now):
        return dg.SkipReason("a run is sending")
    if not pause_is_over(ended_runs(context.instance, send_mail.name), now):
        return dg.SkipReason(LATER)
    return dg.RunRequest(tags=MAIL if count <= FEW else {LANE: HEAVY[LANE]})


def due(store: Store, now: datetime) -> int:
    """Messages that could leave now, of companies that write; more than `FEW` are not counted."""
    return sum(
        claims.count_due(store, claims.Wanted(company_id), now, most=FEW + 1)
        for company_id in claims.companies_due(store, claims.Wanted(), now)
        if companies.mail_profile(store, company_id).is_on
    )


def is_sending(instance: dg.DagsterInstance, store: Store, now: datetime) -> bool:
    """Whether a run of ours is under way, and not only left open by a process that died."""
    which = dg.RunsFilter(job_name=send_mail.name, statuses=UNFINISHED)
    found = instance.get_run_records(which, limit=1)
    if not found:
        return False
    sign = last_event_at(store)
    started = found[0].create_timestamp
    return now - max(started, sign or started) < SILENCE
