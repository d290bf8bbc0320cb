"""Commands for scheduled statements: made, looked at, switched, and run when they are due."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cartera.cli.common import ClientId, CompanyOption, Format, FormatOption, here, print_rows
from cartera.cli.reader import open_figures
from cartera.errors import CarteraError, UsageError
from cartera.people import operator

if TYPE_CHECKING:
    from cartera.config import Company
    from cartera.mail.outgoing import Enclosure
    from cartera.store.db import Store
    from cartera.store.schedules import Schedule

app = typer.Typer(
    help="Statements that go out by the calendar.", no_args_is_help=True, rich_markup_mode=None
)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Chosen = Annotated[
    str, typer.Argument(metavar="SCHEDULE", help="Its id, from the list, or its name.")
]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    weekday: Annotated[
        list[str] | None, typer.Option(help=f"{', '.join(WEEKDAYS)}; may be repeated.")
    ] = None,
    day: Annotated[
        list[int] | None,
        typer.Option(help="Day of the month; 31 is always its last; may be repeated."),
    ] = None,
    hour: Annotated[str, typer.Option(help="In the company's time zone.")] = "08:00",
    only: Annotated[str, typer.Option(help="balance or overdue.")] = "balance",
    group: Annotated[list[str] | None, typer.Option(help="Client group; may be repeated.")] = None,
    minimum: Annotated[str | None, typer.Option(help="Smallest amount.")] = None,
    attach: Annotated[list[str] | None, typer.Option(help="pdf, xlsx; may be repeated.")] = None,
    any_day: Annotated[
        bool, typer.Option("--any-day", help="Also on days that are not worked, not the next one.")
    ] = False,
    company: CompanyOption = None,
) -> None:
    """Make a schedule; it is on from now on."""
    from cartera import clock
    from cartera.mail.plan import Choice
    from cartera.schedules.timing import Timing
    from cartera.store import schedules
    from cartera.store.db import open_store

    if unknown := set(weekday or ()) - set(WEEKDAYS):
        raise UsageError(f"--weekday takes {', '.join(WEEKDAYS)}, not {', '.join(unknown)}")
    try:
        at = time.fromisoformat(hour)
    except ValueError:
        raise UsageError(f"--hour takes an hour such as 08:00, not {hour!r}") from None
    timing = Timing.from_json(
        {
            "every": "week" if weekday else "month",
            "weekdays": [WEEKDAYS.index(one) for one in weekday or ()],
            "days": day or [],
            "hour": at,
            "holidays": "same" if any_day else "next",
        }
    )
    files: list[Enclosure] = attach or []  # type: ignore[assignment]  # checked by the setup
    choice = Choice.from_json({"only": only, "groups": group or [], "minimum": minimum})
    setup = schedules.Setup(name, timing, choice, tuple(files))
    settings, profile = here(company)
    made = schedules.create(
        open_store(settings), profile.id, setup, by=operator(profile.id), now=clock.now()
    )
    typer.echo(made.public_id)


@app.command("list")
def list_schedules(
    moments: Annotated[int, typer.Option("--next", min=1, max=50, help="Coming moments.")] = 1,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Schedules, with the moments at which they go out next."""
    from cartera.store import schedules
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    found = schedules.list_schedules(store, profile.id)
    rows = [_row(store, one, profile, moments) for one in found]
    columns = ["schedule", "name", "on", "every", "days", "hour", "only", "next"]
    print_rows(columns, rows, form, empty="No schedules.")


@app.command("show")
def show(
    schedule: Chosen, company: CompanyOption = None, form: FormatOption = Format.table
) -> None:
    """What became of a schedule's days."""
    from cartera.store import schedule_runs, schedules
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    found = schedules.named(store, profile.id, schedule)
    rows = [
        {
            "planned": one.planned.isoformat(), "run_at": one.run_at.isoformat(),
            "state": one.state, "mailing": one.mailing, "problems": len(one.problems),
        }
        for one in schedule_runs.of(store, found, limit=100)
    ]  # fmt: skip
    columns = ["planned", "run_at", "state", "mailing", "problems"]
    print_rows(columns, rows, form, empty="It has not gone out yet.")


@app.command("on")
def switch_on(schedule: Chosen, company: CompanyOption = None) -> None:
    """Switch a schedule on; what went by while it was off is not made up."""
    _switch(schedule, company, is_on=True)


@app.command("off")
def switch_off(schedule: Chosen, company: CompanyOption = None) -> None:
    """Switch a schedule off."""
    _switch(schedule, company, is_on=False)


@app.command("delete")
def delete(schedule: Chosen, company: CompanyOption = None) -> None:
    """Delete a schedule; what it sent stays."""
    from cartera import clock
    from cartera.store import schedules
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    found = schedules.named(store, profile.id, schedule)
    schedules.delete(store, profile.id, found.public_id, by=operator(profile.id), now=clock.now())


@app.command("hold")
def hold(
    schedule: Chosen,
    client: ClientId,
    company: CompanyOption = None,
) -> None:
    """Keep a client out of a schedule, until `release`."""
    from cartera import clock
    from cartera.store import schedules
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    known = open_figures(settings, store).client(profile.id, client).client_id
    found = schedules.named(store, profile.id, schedule)
    schedules.hold(
        store, profile.id, found.public_id, known, by=operator(profile.id), now=clock.now()
    )


@app.command("release")
def release(
    schedule: Chosen,
    client: ClientId,
    company: CompanyOption = None,
) -> None:
    """Let a client that was held get a schedule's statements again."""
    from cartera import clock
    from cartera.store import schedules
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    found = schedules.named(store, profile.id, schedule)
    schedules.release(
        store, profile.id, found.public_id, client, by=operator(profile.id), now=clock.now()
    )


@app.command("run")
def run(form: FormatOption = Format.table) -> None:
    """Queue what is due now, of all companies; the pipeline does the same by itself."""
    from cartera import clock
    from cartera.config import settings
    from cartera.schedules.run import run_due
    from cartera.store.db import open_store

    current = settings()
    store = open_store(current)
    done = run_due(current, store, open_figures(current, store), now=clock.now())
    rows = [
        {
            "company": one.company_id, "schedule": one.schedule, "name": one.name,
            "planned": one.planned.isoformat() if one.planned else "", "messages": one.messages,
            "missed": len(one.missed), "error": one.error,
        }
        for one in done
    ]  # fmt: skip
    columns = ["company", "schedule", "name", "planned", "messages", "missed", "error"]
    print_rows(columns, rows, form, empty="Nothing is due.")
    if any(one.error for one in done):
        raise CarteraError("some schedules could not be queued; they are due again")


def _switch(schedule: str, company: str | None, *, is_on: bool) -> None:
    from cartera import clock
    from cartera.store import schedules
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    found = schedules.named(store, profile.id, schedule)
    schedules.switch(
        store, profile.id, found.public_id, is_on, by=operator(profile.id), now=clock.now()
    )


def _row(store: Store, one: Schedule, profile: Company, moments: int) -> dict[str, Any]:
    from zoneinfo import ZoneInfo

    from cartera import clock
    from cartera.schedules.coming import coming

    timing, zone = one.timing, ZoneInfo(profile.timezone)
    days = [WEEKDAYS[n] for n in timing.weekdays] or [str(n) for n in timing.days]
    found = coming(store, one, profile, now=clock.now(), count=moments)
    return {
        "schedule": one.public_id,
        "name": one.name,
        "on": "yes" if one.is_on else "no",
        "every": timing.every,
        "days": " ".join(days),
        "hour": f"{timing.hour:%H:%M}",
        "only": one.choice.only,
        "next": " ".join(each.moment.astimezone(zone).isoformat() for each in found),
    }
