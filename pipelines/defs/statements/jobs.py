"""Queueing the statements of schedules whose moment has come."""

import dagster as dg
from dagster import OpExecutionContext

from cartera import clock
from cartera.schedules.run import run_due
from cartera.warehouse.reader import Reader
from pipelines.lanes import MAIL
from pipelines.resources import Home


@dg.op(out=dg.Out(dg.Nothing))
def queue_scheduled(context: OpExecutionContext, home: Home) -> None:
    """Each schedule by itself: one that fails is due again, and holds no other up."""
    reader = Reader(home.settings, home.store)
    done = run_due(home.settings, home.store, reader, now=clock.now())
    metadata: dict[str, dg.MetadataValue | int] = {
        "messages": sum(one.messages for one in done),
        "missed_days": sum(len(one.missed) for one in done),
        "schedules": dg.MetadataValue.json(
            {
                f"{one.company_id}/{one.schedule}": {
                    "name": one.name,
                    "planned": one.planned.isoformat() if one.planned else None,
                    "messages": one.messages,
                    "missed": [day.isoformat() for day in one.missed],
                    "error": one.error,
                }
                for one in done
            }
        ),
    }
    if wrong := [f"{one.name}: {one.error}" for one in done if one.error]:
        raise dg.Failure("; ".join(wrong), metadata=metadata)
    context.add_output_metadata(metadata)


@dg.job(tags=MAIL, description="Queue the statements of schedules whose moment has come.")
def scheduled_statements() -> None:
    queue_scheduled()
