"""What commands share: options, opening the installation, and printing rows."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cartera import keys
from cartera.errors import UsageError
from cartera.render.csv_cells import defused

if TYPE_CHECKING:
    from cartera.config import Company, Settings


class Format(StrEnum):
    """How a command prints its data."""

    table = "table"
    json = "json"
    csv = "csv"


CompanyOption = Annotated[
    str | None, typer.Option("--company", help="Company id; default: CARTERA_COMPANY.")
]


def key(value: str | None) -> str | None:
    """A key that somebody typed or copied, as files' keys are stored."""
    return value and keys.normal(value)


ClientId = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's code.", callback=key)]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]


def here(company: str | None = None) -> tuple[Settings, Company]:
    """Settings of this process, and the company that is meant."""
    from cartera.config import settings
    from cartera.store import companies
    from cartera.store.db import open_store

    current = settings()
    with closing(open_store(current)) as store:
        return current, companies.profile(current, store, company)


def day(text: str | None, option: str) -> date | None:
    """An ISO date from an option; `UsageError` names the option."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} takes a date such as 2026-11-24, not {text!r}") from None


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows as CSV; a text that a spreadsheet would run as a formula is defused."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([defused(row.get(column)) for column in columns])


def print_rows(
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    form: Format,
    *,
    right: Iterable[str] = (),
    title: str = "",
    empty: str = "",
) -> None:
    """Rows in the form asked for; `right` names the columns of figures."""
    if form is Format.json:
        print_json(list(rows))
    elif form is Format.csv:
        print_csv(columns, rows)
    elif not rows and empty:
        sys.stdout.write(empty + "\n")
    else:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        figures = set(right)
        table = Table(title=title or None, title_justify="left", header_style="bold")
        for column in columns:
            table.add_column(column, justify="right" if column in figures else "left")
        for row in rows:
            # Text objects: square brackets in somebody's name are not markup.
            table.add_row(*(Text("" if row.get(c) is None else str(row[c])) for c in columns))
        # Into a file or a pipe nobody's window sets the width: do not cut figures there.
        Console(width=None if sys.stdout.isatty() else 200).print(table)
