"""`python -m pipelines [--port 3000]`: the whole pipeline, until told to stop."""

from __future__ import annotations

import argparse
from contextlib import closing, suppress

from sqlalchemy.exc import OperationalError

from cartera.config import Settings, settings
from cartera.errors import CarteraError
from cartera.store.db import open_store
from cartera.store.drift import log_differences
from pipelines.supervisor import supervise


def main() -> None:
    """Read the one option and supervise."""
    parser = argparse.ArgumentParser(prog="python -m pipelines", description=__doc__)
    parser.add_argument("--port", type=int, default=3000, help="of Dagster's web page")
    arguments = parser.parse_args()

    def say(line: str) -> None:
        print(line, flush=True)  # noqa: T201  # the one line: whoever started us waits for it

    current = settings()
    try:
        _look_at_store(current)
    except CarteraError as error:
        raise SystemExit(f"error: {error}") from error
    supervise(current, port=arguments.port, say=say)


def _look_at_store(current: Settings) -> None:
    """Refuse a store that no run could open, said here once and not in the log of each."""
    with suppress(OperationalError):  # a database that is down now: runs fail until it is up
        with closing(open_store(current)) as store:
            log_differences(store)


if __name__ == "__main__":
    main()
