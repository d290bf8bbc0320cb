"""`python -m pipelines [--port 3000]`: the whole pipeline, until told to stop."""

from __future__ import annotations

import argparse

from cartera.config import settings
from pipelines.supervisor import supervise


def main() -> None:
    """Read the one option and supervise."""
    parser = argparse.ArgumentParser(prog="python -m pipelines", description=__doc__)
    parser.add_argument("--port", type=int, default=3000, help="of Dagster's web page")
    arguments = parser.parse_args()

    def say(line: str) -> None:
        print(line, flush=True)  # noqa: T201  # the one line: whoever started us waits for it

    supervise(settings(), port=arguments.port, say=say)


if __name__ == "__main__":
    main()
