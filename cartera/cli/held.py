"""Commands for rows that wait for a person's yes: list, accept, dismiss."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cartera.cli.common import CompanyOption, Format, FormatOption, here, print_rows
from cartera.cli.reader import open_figures
from cartera.errors import NotFound, UsageError
from cartera.people import operator

if TYPE_CHECKING:
    from cartera.config import Company, Settings
    from cartera.store.db import Store
    from cartera.store.held_decisions import Choice
    from cartera.warehouse.held_rows import Held

app = typer.Typer(
    help="Rows of files that wait for a person's yes: a number used twice, a closed day.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
#: So much of a row's id is shown, and so little is enough to name it.
SHOWN = 12

RowIds = Annotated[
    list[str] | None, typer.Argument(metavar="[ROW...]", help="Ids of rows, from the list.")
]
FileOption = Annotated[str | None, typer.Option("--file", help="All that waits of this file.")]


@app.command("list")
def list_(
    file: FileOption = None,
    decided: Annotated[
        bool, typer.Option("--decided", help="What was accepted or dismissed, instead.")
    ] = False,
    language: Annotated[str | None, typer.Option(help="es or en; default: the company's.")] = None,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """What waits, with what is in the books beside it."""
    from cartera.store import held_decisions
    from cartera.store.db import open_store
    from cartera.warehouse import held_rows

    settings, profile = here(company)
    store = open_store(settings)
    with open_figures(settings, store).cursor() as cursor:
        states: tuple[held_rows.State, ...] = ("kept", "taken") if decided else ("held",)
        found = held_rows.listed(cursor, store, profile.id, states=states, file=file)
    said = rows_of(found, profile, language)
    if decided:
        by = held_decisions.of_rows(
            store, profile.id, [one.follows or one.held_id for one in found]
        )
        for one, row in zip(found, said, strict=True):
            decision = by.get(one.follows or one.held_id)
            row["state"] = "dismissed" if one.state == "kept" else "accepted"
            row["by"] = decision.by if decision else ""
            row["at"] = decision.at.isoformat(timespec="seconds") if decision else ""
    if form is not Format.json:
        for row in said:
            row["reasons"] = "; ".join(row["reasons"])
    more = ["state", "by", "at"] if decided else []
    columns = ["id", *more, "table", "key", "file", "row", "with", "reasons"]
    print_rows(columns, said, form, right=("row",), empty="No row waits.")


def rows_of(found: list[Held], profile: Company, language: str | None) -> list[dict[str, Any]]:
    """Rows that wait, as commands print them."""
    from cartera.i18n import Translator
    from cartera.warehouse.held_words import sentences

    translator = Translator(language or profile.language, profile.country)
    return [
        {
            "id": one.held_id[:SHOWN],
            "table": one.table,
            "key": one.key,
            "file": one.file,
            "row": one.row,
            "with": (one.follows or "")[:SHOWN] or None,
            "reasons": sentences(one, translator),
            "codes": [reason.code for reason in one.reasons],
            "in_books": one.known,
            "record": one.record,
        }
        for one in found
    ]


@app.command("accept")
def accept(rows: RowIds = None, file: FileOption = None, company: CompanyOption = None) -> None:
    """Let rows in: each takes the place of what is in the books, with the next refresh."""
    _decide(rows, file, company, "take")


@app.command("dismiss")
def dismiss(rows: RowIds = None, file: FileOption = None, company: CompanyOption = None) -> None:
    """Keep what is in the books; the same rows are not asked about again."""
    _decide(rows, file, company, "keep")


def _decide(rows: list[str] | None, file: str | None, company: str | None, choice: Choice) -> None:
    from cartera import clock
    from cartera.store import held_decisions
    from cartera.store.db import open_store

    if bool(rows) == bool(file):
        raise UsageError("name rows by their ids, or a file with --file")
    settings, profile = here(company)
    store = open_store(settings)
    found = _meant(settings, store, profile.id, rows or [], file, choice)
    by = operator(profile.id)
    count = held_decisions.decide(store, profile.id, found, choice, by=by, now=clock.now())
    what = "accepted" if choice == "take" else "dismissed"
    sys.stdout.write(f"{count} {what}; in the figures with the next load or: cartera refresh\n")


def _meant(
    settings: Settings,
    store: Store,
    company_id: str,
    ids: list[str],
    file: str | None,
    choice: Choice,
) -> list[Held]:
    """Rows by the beginning of their id, or those of a file; what waits with one goes along."""
    from cartera.warehouse import held_rows

    states: tuple[held_rows.State, ...] = (
        ("held", "kept") if ids and choice == "take" else ("held",)
    )
    with open_figures(settings, store).cursor() as cursor:
        waiting = held_rows.listed(
            cursor, store, company_id, states=states, file=file, leads_only=True
        )
    if file:
        if not waiting:
            raise NotFound("row that waits of file", file, company_id)
        return waiting
    found = []
    for part in ids:
        fits = [one for one in waiting if one.held_id.startswith(part.lower())]
        if not part or not fits:
            raise NotFound("row that waits", part, company_id)
        if len(fits) > 1:
            raise UsageError(f"{part!r} names several rows; give more of the id")
        found += fits
    return found
