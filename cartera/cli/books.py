"""Commands for closed books: show, close, reopen."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cartera.cli.common import CompanyOption, Format, FormatOption, day, here, print_rows
from cartera.people import operator

app = typer.Typer(
    help="Until which day a company's books are closed.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("show")
def show(company: CompanyOption = None, form: FormatOption = Format.table) -> None:
    """The day, and who set it."""
    from cartera.store import companies
    from cartera.store.db import open_store

    settings, profile = here(company)
    changed = companies.changes_of(open_store(settings), profile.id).get(companies.CLOSED)
    row = {
        "company": profile.id,
        "closed_until": profile.closed_until or None,
        "by": changed.by if changed else None,
        "at": changed.at.isoformat(timespec="seconds") if changed else None,
    }
    print_rows(list(row), [row], form)


@app.command("close")
def close(
    until: Annotated[str, typer.Argument(metavar="DAY", help="The last closed day.")],
    company: CompanyOption = None,
) -> None:
    """Close the books up to a day: rows that would change its figures wait (cartera held)."""
    _save(company, str(day(until, "DAY")))


@app.command("reopen")
def reopen(company: CompanyOption = None) -> None:
    """Open the books; what waits goes on waiting."""
    _save(company, "")


def _save(company: str | None, until: str) -> None:
    from cartera import clock
    from cartera.store import companies
    from cartera.store.db import open_store

    settings, profile = here(company)
    changes = {companies.CLOSED: until}
    by = operator(profile.id)
    companies.save(
        open_store(settings), profile.id, changes, by=by, now=clock.now(), company=profile
    )
    said = f"closed until {until}" if until else "open"
    sys.stdout.write(f"the books of {profile.id} are {said}\n")
