"""Commands for clients' private links."""

from __future__ import annotations

import sys
from typing import Annotated, Any

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
from cartera.people import operator

app = typer.Typer(
    help="Private links to a client's live page.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("create")
def create(
    client: ClientId,
    days: Annotated[
        int | None, typer.Option(min=1, max=366, help="Days it lives; default: the company's.")
    ] = None,
    contact: Annotated[str, typer.Option(help="For whom, for your own list.")] = "",
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Make a link. It is shown this once; only its hash is kept."""
    from cartera import clock
    from cartera.store import links
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    reader = open_figures(settings, store)
    # An unknown client has no page: say so now, not to the person who opens the link.
    today = clock.today(profile.timezone)
    statement = reader.statement(profile.id, client, as_of=today)
    made = links.create(
        store,
        company_id=profile.id,
        client_id=client,
        days=days or links.lifetime(profile.link_days, statement.last_due, today),
        contact=contact,
        by=operator(profile.id),
        now=clock.now(),
    )
    url = f"{settings.client_url.rstrip('/')}/e/{made.token}"
    shown = {
        "link": made.link.public_id,
        "client_id": client,
        "expires_at": made.link.expires_at.isoformat(),
        "url": url,
    }
    if form is Format.table:
        sys.stdout.write(url + "\n")
    elif form is Format.json:
        print_json(shown)
    else:
        print_rows(list(shown), [shown], form)


@app.command("list")
def list_links(
    client: Annotated[str | None, typer.Argument(metavar="[CLIENT]", help="Client id.")] = None,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Links with their state, expiry and how often they were opened."""
    from cartera import clock
    from cartera.store import links
    from cartera.store.db import open_store

    settings, profile = here(company)
    now = clock.now()
    rows: list[dict[str, Any]] = [
        {
            "link": link.public_id,
            "client_id": link.client_id,
            "contact": link.contact,
            "state": links.state(link, now),
            "expires_at": link.expires_at.isoformat(timespec="minutes"),
            "opens": link.opens,
            "last_opened_at": link.last_opened_at.isoformat(timespec="minutes")
            if link.last_opened_at
            else None,
        }
        for link in links.list_links(open_store(settings), profile.id, client)
    ]
    columns = ["link", "client_id", "contact", "state", "expires_at", "opens", "last_opened_at"]
    print_rows(columns, rows, form, right=("opens",), empty="No links.")


@app.command("revoke")
def revoke(
    link: Annotated[str, typer.Argument(metavar="LINK", help="The link's id, from the list.")],
    company: CompanyOption = None,
) -> None:
    """End a link at once, also on pages that are open."""
    from cartera import clock
    from cartera.store import links
    from cartera.store.db import open_store

    settings, profile = here(company)
    links.revoke(open_store(settings), profile.id, link, operator(profile.id), clock.now())
    sys.stdout.write(f"{link}: revoked\n")
