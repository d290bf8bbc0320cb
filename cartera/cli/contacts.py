"""Commands for clients' contacts: who gets which mail."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cartera.cli.common import ClientId, CompanyOption, Format, FormatOption, here, print_rows
from cartera.cli.reader import open_figures
from cartera.mail.outgoing import CLIENT_KINDS, Kind

if TYPE_CHECKING:
    from cartera.config import Settings
    from cartera.store.contacts import Contact
    from cartera.store.db import Store

app = typer.Typer(
    help="Contacts: whom a client's mail goes to.", no_args_is_help=True, rich_markup_mode=None
)

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="Mail address.")]


@app.command("list")
def list_contacts(
    client_id: ClientId, company: CompanyOption = None, form: FormatOption = Format.table
) -> None:
    """The contacts of a client, those that were removed too."""
    settings, store, company_id = _open(company)
    from cartera.store import contacts

    found = [(each, "") for each in _contacts(settings, store, company_id, client_id)]
    found += [(each, "removed") for each in contacts.removed(store, company_id, client_id)]
    rows: list[dict[str, Any]] = [
        {
            "address": each.address,
            "name": each.name,
            "language": each.language,
            "kinds": ",".join(kind for kind in CLIENT_KINDS if each.wants(kind)),
            "origin": state or each.origin,
        }
        for each, state in found
    ]
    print_rows(["address", "name", "language", "kinds", "origin"], rows, form, empty="No contacts.")


@app.command("save")
def save(
    client_id: ClientId,
    address: Address,
    name: Annotated[str | None, typer.Option(help="Who that is.")] = None,
    language: Annotated[str | None, typer.Option(help="es or en.")] = None,
    kinds: Annotated[
        str | None,
        typer.Option(help=f"Mail that they get, with commas: {', '.join(CLIENT_KINDS)}."),
    ] = None,
    was: Annotated[str, typer.Option(help="The address that this one replaces.")] = "",
    company: CompanyOption = None,
) -> None:
    """Add a contact, or change the one that has this address."""
    from cartera import clock
    from cartera.people import operator
    from cartera.store import contacts

    settings, store, company_id = _open(company)
    before = next(
        (
            each
            for each in _contacts(settings, store, company_id, client_id)
            if each.address == (was or address).strip().lower()
        ),
        None,
    )
    wanted: Any = [kind.strip() for kind in (kinds or "").split(",") if kind.strip()]
    kept = contacts.save(
        store,
        company_id,
        client_id,
        address,
        name=name if name is not None else before.name if before else "",
        language=language if language is not None else before.language if before else "",
        kinds=wanted if kinds is not None else _kinds(before),
        was=before.address if before else was,
        by=operator(company_id),
        now=clock.now(),
    )
    sys.stdout.write(f"{kept}: saved\n")


@app.command("remove")
def remove(client_id: ClientId, address: Address, company: CompanyOption = None) -> None:
    """Take a contact away, also one that files go on naming."""
    from cartera import clock
    from cartera.errors import NotFound
    from cartera.people import operator
    from cartera.store import contacts

    settings, store, company_id = _open(company)
    wanted = address.strip().lower()
    if wanted not in {c.address for c in _contacts(settings, store, company_id, client_id)}:
        raise NotFound("contact", address, company_id)
    contacts.remove(store, company_id, client_id, wanted, by=operator(company_id), now=clock.now())
    sys.stdout.write(f"{wanted}: removed\n")


@app.command("restore")
def restore(client_id: ClientId, address: Address, company: CompanyOption = None) -> None:
    """Bring back a contact that was removed."""
    from cartera import clock
    from cartera.people import operator
    from cartera.store import contacts

    _, store, company_id = _open(company)
    wanted = address.strip().lower()
    contacts.restore(store, company_id, client_id, wanted, by=operator(company_id), now=clock.now())
    sys.stdout.write(f"{wanted}: back\n")


def _kinds(before: Contact | None) -> tuple[Kind, ...]:
    return tuple(kind for kind in CLIENT_KINDS if before is None or before.wants(kind))


def _open(company: str | None) -> tuple[Settings, Store, str]:
    from cartera.store.db import open_store

    settings, profile = here(company)
    return settings, open_store(settings), profile.id


def _contacts(
    settings: Settings, store: Store, company_id: str, client_id: str
) -> tuple[Contact, ...]:
    """Raises `NotFound` for a client this company does not have."""
    from cartera.store import contacts

    record = open_figures(settings, store).client(company_id, client_id)
    asked = {client_id: (record.emails, record.language)}
    return contacts.contacts_of(store, company_id, asked)[client_id]
