"""Seeing to payments on clients' pages: events are handled, gateways asked, answers settled."""

import dagster as dg
from dagster import OpExecutionContext

from cartera import clock
from cartera.online import round as rounds
from cartera.warehouse.reader import Reader
from pipelines.lanes import PAY
from pipelines.resources import Home


@dg.op(out=dg.Out(dg.Nothing))
def ask_and_settle(context: OpExecutionContext, home: Home) -> None:
    """One round; how many events and payments, by what became of them."""
    reader = Reader(home.settings, home.store)
    done = rounds.run(home.settings, home.store, reader, now=clock.now)
    context.add_output_metadata(dict(done))
    if done["failed"]:  # each is logged; the others are done, and this is tried again later
        raise dg.Failure(f"{done['failed']} payment(s) could not be settled", allow_retries=False)


@dg.job(tags=PAY, description="Ask gateways what became of payments, and bring it to the ledger.")
def see_to_payments() -> None:
    ask_and_settle()
