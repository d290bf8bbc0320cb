"""Dagster's web page, as a child of the supervisor."""

from __future__ import annotations

from dagster_webserver.cli import main

from pipelines.parent import stop_with_parent

if __name__ == "__main__":
    stop_with_parent()
    main()  # type: ignore[no-untyped-call]  # a click command
