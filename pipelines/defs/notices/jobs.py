"""Answering requests for a new link."""

import dagster as dg
from dagster import OpExecutionContext

from cartera import clock
from cartera.notices import access
from cartera.warehouse.reader import Reader
from pipelines.lanes import MAIL
from pipelines.resources import Home


@dg.op(out=dg.Out(dg.Nothing))
def answer_waiting(context: OpExecutionContext, home: Home) -> None:
    """Mail a new link to who is known, and tell staff of who is not."""
    reader = Reader(home.settings, home.store)
    done = access.resolve(home.settings, home.store, reader, now=clock.now())
    context.add_output_metadata({str(state): count for state, count in done.items()})


@dg.job(tags=MAIL, description="Answer requests for a new link, by mail to addresses on record.")
def answer_access() -> None:
    answer_waiting()
