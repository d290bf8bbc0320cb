"""Seeing to what clients wrote: staff are told, and whoever asks for a new link is answered."""

import dagster as dg
from dagster import OpExecutionContext

from cartera import clock
from cartera.notices import access, telling
from cartera.warehouse.reader import Reader
from pipelines.lanes import MAIL
from pipelines.resources import Home


@dg.op(out=dg.Out(dg.Nothing))
def see_to_waiting(context: OpExecutionContext, home: Home) -> None:
    """Mail new links to who is known, tell staff of who is not and of what clients wrote."""
    reader, now = Reader(home.settings, home.store), clock.now()
    told = telling.tell(home.settings, home.store, reader, now=now)
    asked = access.resolve(home.settings, home.store, reader, now=now)
    counts = {f"access_{state}": count for state, count in asked.items()}
    context.add_output_metadata({"notices": told, **counts})


@dg.job(tags=MAIL, description="Tell staff what clients wrote; answer requests for a new link.")
def see_to_notices() -> None:
    see_to_waiting()
