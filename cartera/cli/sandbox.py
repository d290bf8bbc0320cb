"""The command that serves the simulated payment gateway."""

from __future__ import annotations

from typing import Annotated

import typer


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port on 127.0.0.1.")] = 8503,
    events_url: Annotated[
        str, typer.Option(help="Where its events go; default: CARTERA_SANDBOX_EVENTS_URL.")
    ] = "",
    late: Annotated[
        float, typer.Option(min=0, max=3600, help="Seconds before an event, and between two.")
    ] = 1.5,
    settles: Annotated[
        float,
        typer.Option(min=0, max=86_400, help="Seconds until a pending payment's bank answers."),
    ] = 8.0,
) -> None:
    """A payment gateway that moves no money, on this machine, for the demo and for trying out."""
    from cartera.config import settings
    from cartera.sandbox.account import from_environment
    from cartera.sandbox.server import serve

    account = from_environment(events_url=events_url, late=late, settles=settles)
    serve(settings().root / "sandbox.sqlite", account, port=port)
