"""Deciding who is reminded now, and queueing it; writing the staff's daily mail."""

import dagster as dg
from dagster import OpExecutionContext

from cartera import clock
from cartera.errors import CarteraError
from cartera.mail import daily
from cartera.reminders import run
from cartera.reminders.run import Done
from cartera.warehouse.reader import Reader
from pipelines.defs.mail.jobs import MOST_LISTED
from pipelines.lanes import MAIL
from pipelines.resources import Home


@dg.op(out=dg.Out(dg.Nothing))
def remind_clients(context: OpExecutionContext, home: Home) -> None:
    """Decide and queue, company by company; one that fails does not hold the others up."""
    here, store = home.settings, home.store
    reader = Reader(here, store)
    done: dict[str, Done] = {}
    wrong: dict[str, str] = {}
    for company_id in run.ready(here, store, reader, now=clock.now()):
        try:
            done[company_id] = run.remind(here, store, reader, company_id, now=clock.now())
        except CarteraError as error:
            wrong[company_id] = str(error)
    if wrong:
        raise dg.Failure("; ".join(wrong.values()), metadata={**_metadata(done), **wrong})
    context.add_output_metadata(_metadata(done))


@dg.job(tags=MAIL, description="Decide which clients are reminded now, and queue their messages.")
def remind() -> None:
    remind_clients()


@dg.op(out=dg.Out(dg.Nothing))
def write_daily_mail(context: OpExecutionContext, home: Home) -> None:
    """Queue each company's daily mail to those of its people who want it."""
    here, store = home.settings, home.store
    reader = Reader(here, store)
    made: dict[str, int] = {}
    wrong: dict[str, str] = {}
    for company_id in daily.due(here, store, now=clock.now()):
        try:
            made[company_id] = daily.queue(here, store, reader, company_id, now=clock.now())
        except CarteraError as error:
            wrong[company_id] = str(error)
    metadata: dict[str, dg.MetadataValue | int | list[str]] = {
        "messages": sum(made.values()),
        "companies": sorted(made),
    }
    if wrong:
        raise dg.Failure("; ".join(wrong.values()), metadata={**metadata, **wrong})
    context.add_output_metadata(metadata)


@dg.job(tags=MAIL, description="Write the daily mail to the staff who want it.")
def daily_mail() -> None:
    write_daily_mail()


def _metadata(done: dict[str, Done]) -> dict[str, dg.MetadataValue | int]:
    """What a run came to: how many of each reason, and each client who is written to or waits."""
    by_client = {
        f"{company_id}/{decision.client_id}": {
            "outcome": decision.outcome,
            "reason": decision.reason,
            "rule": decision.rule_id,
            "documents": [due.item.number for due in decision.due],
            "until": decision.until.isoformat() if decision.until else None,
        }
        for company_id, one in sorted(done.items())
        for decision in one.decisions
        if decision.outcome != "nothing"
    }
    listed = dict(list(by_client.items())[:MOST_LISTED])
    return {
        "clients": sum(len(one.clients) for one in done.values()),
        "messages": sum(one.messages for one in done.values()),
        "reasons": dg.MetadataValue.json({c: dict(one.counts) for c, one in done.items()}),
        "by_client": dg.MetadataValue.json(listed),
    }
