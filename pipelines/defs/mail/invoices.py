"""New invoices are queued to be mailed as soon as figures with them are published."""

import dagster as dg
from dagster import OpExecutionContext, SensorEvaluationContext

from cartera import clock
from cartera.mail import invoices
from cartera.store import companies
from cartera.warehouse.reader import Reader
from pipelines.lanes import MAIL
from pipelines.resources import Home
from pipelines.runs import LATER, ended_runs, is_running, pause_is_over

JOB = "new_invoices"


@dg.op(out=dg.Out(dg.Nothing))
def queue_new_invoices(context: OpExecutionContext, home: Home) -> None:
    """Queue each new invoice for the contacts that want it; the sending is `send_mail`'s."""
    reader = Reader(home.settings, home.store)
    done = invoices.queue_all(home.settings, home.store, reader, now=clock.now())
    context.add_output_metadata(
        {
            "messages": sum(one.messages for one in done.values()),
            "left_to_a_person": sum(one.unsent for one in done.values()),
            "companies": sorted(done),
        }
    )


@dg.job(name=JOB, tags=MAIL, description="Queue invoices that arrived, where a company wants it.")
def new_invoices() -> None:
    queue_new_invoices()


@dg.sensor(
    job=new_invoices,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks for new invoices whenever figures are published.",
)
def invoices_arrived(
    context: SensorEvaluationContext, home: Home
) -> dg.SensorResult | dg.SkipReason:
    wanting = companies.that_mail_invoices(home.store)
    if not wanting:
        return dg.SkipReason("no company mails its invoices by itself")
    published = Reader(home.settings, home.store).publication()
    if published is None:
        return dg.SkipReason("nothing is published yet")
    # A company that has just begun is looked at, too: the cursor names them all.
    cursor = f"{published.id} {' '.join(wanting)}"
    if is_running(context.instance, JOB):
        return dg.SkipReason("a run is looking")
    runs = ended_runs(context.instance, JOB)
    failed = bool(runs) and not runs[0][0]
    if cursor == context.cursor and not failed:
        return dg.SkipReason("nothing new is published")
    if failed and not pause_is_over(runs, clock.now()):
        return dg.SkipReason(LATER)
    return dg.SensorResult([dg.RunRequest()], cursor=cursor)
