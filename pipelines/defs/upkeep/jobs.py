"""The nightly upkeep of the lake, as a job."""

import dagster as dg
from dagster import OpExecutionContext

from cartera import clock
from cartera.store.locks import writer_lock
from cartera.warehouse import lake, loads
from pipelines.defs.upkeep.maintenance import maintain
from pipelines.lanes import HEAVY, busy_is_retried
from pipelines.resources import Home


@dg.op(out=dg.Out(dg.Nothing))
def tidy_lake(context: OpExecutionContext, home: Home) -> None:
    """Flush inlined rows, merge files, expire snapshots, delete what nothing names any more, and
    loaded files that their companies keep no longer.
    """
    if not lake.exists(home.settings):
        return
    with (
        busy_is_retried(context),
        writer_lock(home.settings, home.store, who="upkeep"),
    ):
        lake.initialise(home.settings)
        now = clock.now()
        done = maintain(home.settings, home.store, now=now)
        done |= loads.forget(home.settings, home.store, now)
    context.log.info(", ".join(f"{name} {count}" for name, count in done.items()))
    context.add_output_metadata(done)


@dg.job(tags=HEAVY, description="Keep the lake small and quick; published figures stay.")
def upkeep() -> None:
    tidy_lake()
