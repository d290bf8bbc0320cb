"""Commands for clients made and changed by hand. Their figures come from files, as always."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cartera.cli.common import (
    ClientId,
    CompanyOption,
    Format,
    FormatOption,
    here,
    print_json,
    print_rows,
)
from cartera.cli.reader import open_figures
from cartera.errors import UsageError

if TYPE_CHECKING:
    from cartera.config import Settings
    from cartera.portfolio import ClientRecord
    from cartera.store.db import Store

app = typer.Typer(
    help="Clients: made by hand, edited, shown.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str | None, typer.Option(help="Name.")]
TaxId = Annotated[str | None, typer.Option(help="Tax id (NIT).")]
Phone = Annotated[str | None, typer.Option(help="Phone.")]
Language = Annotated[str | None, typer.Option(help="es or en.")]
Salesperson = Annotated[str | None, typer.Option(help="Salesperson.")]
Group = Annotated[str | None, typer.Option(help="Group.")]
CreditLimit = Annotated[str | None, typer.Option(help="Credit limit, such as 1500000.")]
Notes = Annotated[str | None, typer.Option(help="Notes.")]


@app.command("add")
def add(
    client_id: ClientId,
    name: Annotated[str, typer.Option(help="Name.")],
    tax_id: TaxId = None,
    phone: Phone = None,
    language: Language = None,
    salesperson: Salesperson = None,
    group: Group = None,
    credit_limit: CreditLimit = None,
    notes: Notes = None,
    company: CompanyOption = None,
) -> None:
    """Make a client that no file has yet."""
    from cartera import clock
    from cartera.people import operator
    from cartera.store import client_edits
    from cartera.store.db import open_store
    from cartera.warehouse.reader import NothingPublished

    settings, profile = here(company)
    store = open_store(settings)
    try:
        known = open_figures(settings, store).client_names(profile.id, [client_id])
    except NothingPublished:
        known = {}
    given = {
        "name": name, "tax_id": tax_id, "phone": phone, "language": language,
        "salesperson": salesperson, "group": group, "credit_limit": credit_limit, "notes": notes,
    }  # fmt: skip
    made = client_edits.create(
        store,
        profile.id,
        client_id,
        {field: value for field, value in given.items() if value},
        known=known,
        by=operator(profile.id),
        now=clock.now(),
    )
    _refresh(settings, store)
    sys.stdout.write(f"{made}: made\n")


@app.command("edit")
def edit(
    client_id: ClientId,
    name: Name = None,
    tax_id: TaxId = None,
    phone: Phone = None,
    language: Language = None,
    salesperson: Salesperson = None,
    group: Group = None,
    credit_limit: CreditLimit = None,
    notes: Notes = None,
    undo: Annotated[
        str, typer.Option(help="Fields, with commas, that follow the files again.")
    ] = "",
    company: CompanyOption = None,
) -> None:
    """Write fields by hand: they win over every file. An empty text empties a field."""
    from cartera import clock
    from cartera.people import operator
    from cartera.store import client_edits
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    by, now = operator(profile.id), clock.now()
    given = {
        "name": name, "tax_id": tax_id, "phone": phone, "language": language,
        "salesperson": salesperson, "group": group, "credit_limit": credit_limit, "notes": notes,
    }  # fmt: skip
    written = {field: value for field, value in given.items() if value is not None}
    fields = [field.strip() for field in undo.split(",") if field.strip()]
    if not written and not fields:
        raise UsageError("say what to change, such as --phone 6045550100, or --undo phone")
    record = open_figures(settings, store).client(profile.id, client_id)
    if fields:
        client_edits.undo(store, profile.id, client_id, fields, by=by, now=now)
    shown = client_edits.shown(record)
    if written:
        client_edits.save(store, profile.id, client_id, written, shown=shown, by=by, now=now)
    _refresh(settings, store)
    _print(open_figures(settings, store).client(profile.id, client_id), Format.table)


@app.command("show")
def show(
    client_id: ClientId, company: CompanyOption = None, form: FormatOption = Format.table
) -> None:
    """What is known of a client, and which fields were written by hand."""

    settings, profile = here(company)
    _print(open_figures(settings).client(profile.id, client_id), form)


def _print(record: ClientRecord, form: Format) -> None:
    from cartera.store import client_edits

    values: dict[str, Any] = {"client_id": record.client_id, **client_edits.shown(record)}
    values["emails"] = ";".join(record.emails)
    if form is Format.json:
        edited = sorted(record.edited_fields)
        print_json(values | {"edited_fields": edited, "is_by_hand": record.is_by_hand})
        return
    rows = [
        {"field": n, "value": v, "by_hand": "yes" if n in record.edited_fields else ""}
        for n, v in values.items()
    ]
    print_rows(["field", "value", "by_hand"], rows, form)


def _refresh(settings: Settings, store: Store) -> None:
    """Carry it over now: whoever types a command sees what it did."""
    from cartera.store.locks import writer_lock
    from cartera.warehouse import lake
    from cartera.warehouse.refresh import refresh

    with writer_lock(settings, store, who="cartera client"):
        lake.initialise(settings)
        refresh(settings, store)
