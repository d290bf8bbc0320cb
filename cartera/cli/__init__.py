"""The command line: `cartera --help`.

Exit codes: 0 done, 1 failed (one clear line on standard error), 2 wrong use. Commands import
what they need when they run, so that `--help` stays quick.
"""

from __future__ import annotations

import os
import sys

import typer

from cartera import __version__
from cartera.cli import (
    books,
    clients,
    contacts,
    data,
    figures,
    files,
    held,
    links,
    mail,
    notices,
    payments,
    remind,
    sandbox,
    schedule,
    send,
    users,
)
from cartera.errors import CarteraError, UsageError

app = typer.Typer(
    name="cartera",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("load")(data.load)
app.command("refresh")(data.refresh)
app.command("aging")(figures.aging)
app.command("statement")(figures.statement)
app.command("send")(send.send)
app.command("sandbox")(sandbox.sandbox)
app.command("rejects")(data.rejects)
app.command("warnings")(data.warnings)
app.command("status")(data.status)
app.command("check")(figures.check)
app.add_typer(books.app, name="books")
app.add_typer(clients.app, name="client")
app.add_typer(contacts.app, name="contact")
app.add_typer(files.app, name="files")
app.add_typer(held.app, name="held")
app.add_typer(links.app, name="link")
app.add_typer(mail.app, name="mail")
app.add_typer(notices.app, name="notices")
app.add_typer(payments.app, name="payments")
app.add_typer(remind.app, name="remind")
app.add_typer(schedule.app, name="schedule")
app.add_typer(users.app, name="user")


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"cartera {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """What each client owes, exactly and live. All state lives in CARTERA_HOME."""


@app.command("demo")
def demo(
    port: int = typer.Option(
        8501, help="Staff app; the client app and the payment simulation take the next two."
    ),
    dagster_port: int = typer.Option(3000, help="Dagster's web page."),
    once: bool = typer.Option(False, "--once", help="Load and report, start nothing."),
) -> None:
    """Everything, locally: sample company, pipeline, both apps, payment simulation."""
    from cartera.cli.demo import run

    run(port=port, dagster_port=dagster_port, once=once)


def main() -> None:
    """Entry point of the console script."""
    try:
        app(prog_name="cartera")  # however it was started
    except UsageError as error:
        _fail(error, 2)
    except CarteraError as error:
        _fail(error, 1)
    except BrokenPipeError:
        # The reader of our output went away (`cartera aging | head`): not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("CARTERA_DEBUG"):
            raise
        first = str(error).strip().splitlines()
        _fail(f"{type(error).__name__}: {first[0] if first else ''} (CARTERA_DEBUG=1 says more)", 1)


def _fail(message: object, code: int) -> None:
    sys.stderr.write(f"cartera: {' '.join(str(message).split())}\n")
    sys.exit(code)
