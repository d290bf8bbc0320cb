"""Sending what is due, reading what comes back, and forgetting what is old."""

import threading
from collections import Counter

import dagster as dg
from dagster import OpExecutionContext

from cartera import clock
from cartera.mail import bounces
from cartera.mail.sender import Summary, run_all
from cartera.store.dispatch import Result
from cartera.store.mail_upkeep import forget
from cartera.warehouse.reader import Reader
from pipelines.lanes import HEAVY, MAIL, stopping
from pipelines.resources import Home

#: Clients whose results a run lists; every message's own history is in the store.
MOST_LISTED = 1_000


class ByClient:
    """What became of each client's messages; several senders report to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: dict[str, Counter[str]] = {}

    def add(self, result: Result) -> None:
        message = result.message
        word = f"{result.verdict}: {result.reason}" if result.reason else result.verdict
        with self._lock:
            self._results.setdefault(f"{message.company_id}/{message.client_id}", Counter())[
                word
            ] += 1

    def metadata(self, done: Summary) -> dict[str, dg.MetadataValue | int | str]:
        listed = dict(sorted(self._results.items())[:MOST_LISTED])
        return {
            **{str(verdict): count for verdict, count in done.counts.items()},
            "clients": len(self._results),
            "by_client": dg.MetadataValue.json({k: dict(v) for k, v in listed.items()}),
            "trouble": done.trouble,
        }


@dg.op(out=dg.Out(dg.Nothing))
def send_due(context: OpExecutionContext, home: Home) -> None:
    """Send until nothing is due; results by client are this run's metadata."""
    by_client = ByClient()
    reader = Reader(home.settings, home.store)
    done = run_all(home.settings, home.store, reader, stop=stopping, on_result=by_client.add)
    metadata = by_client.metadata(done)
    context.log.info(f"{done.total} messages: {dict(done.counts)}")  # noqa: G004
    if done.trouble:
        # The messages wait; the run fails so that people see it and the sensor takes its time.
        raise dg.Failure(done.trouble, metadata=metadata)
    context.add_output_metadata(metadata)


@dg.job(tags=MAIL, description="Send the messages that are due, at each domain's pace.")
def send_mail() -> None:
    send_due()


@dg.op(out=dg.Out(dg.Nothing))
def read_reports(context: OpExecutionContext, home: Home) -> None:
    """Settle messages by the delivery reports that came, where a mailbox is set up."""
    if not bounces.has_mailbox(home.settings):
        context.log.info("no mailbox for delivery reports is set up (CARTERA_IMAP_HOST)")
        return
    counts = bounces.read_reports(home.settings, home.store, now=clock.now())
    context.add_output_metadata({str(what): count for what, count in counts.items()})


@dg.job(tags=MAIL, description="Read delivery reports: what bounced, and which addresses are dead.")
def mail_reports() -> None:
    read_reports()


@dg.op(out=dg.Out(dg.Nothing))
def forget_old_mail(context: OpExecutionContext, home: Home) -> None:
    """Drop messages that are older than their company keeps them; that they were sent stays."""
    context.add_output_metadata(dict(forget(home.store, clock.now())))


@dg.job(tags=HEAVY, description="Drop the contents of messages older than they are kept.")
def mail_upkeep() -> None:
    forget_old_mail()
