"""Commands for reminders: what is due, on any day, and what holds it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cartera.cli.common import (
    ClientId,
    CompanyOption,
    Format,
    FormatOption,
    day,
    here,
    print_json,
    print_rows,
)
from cartera.cli.reader import HELD, open_figures
from cartera.errors import CarteraError, UsageError
from cartera.people import operator

if TYPE_CHECKING:
    from cartera.config import Company
    from cartera.reminders.outlook import Outlook
    from cartera.reminders.rules import Policy
    from cartera.store.pauses import Pause

app = typer.Typer(
    help="Reminders of what is due: decide and queue them, or look at any day.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@app.callback()
def remind(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what goes out, and why others get nothing.")
    ] = False,
    on: Annotated[
        str | None, typer.Option("--on", help="A day, past or to come; with --dry-run.")
    ] = None,
    client: Annotated[str | None, typer.Option(help="Only this client; with --dry-run.")] = None,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Decide which clients are reminded now, and queue their messages."""
    if context.invoked_subcommand is not None:
        return
    from cartera import clock
    from cartera.reminders.outlook import outlook
    from cartera.reminders.run import remind as run
    from cartera.store import reminder_policy
    from cartera.store.db import open_store

    wanted = day(on, "--on")
    if not dry_run and (wanted or client):
        raise UsageError("--on and --client go with --dry-run")
    settings, profile = here(company)
    store = open_store(settings)
    reader, now = open_figures(settings, store), clock.now()
    policy = reminder_policy.policy(store, profile.id)
    if not dry_run:
        done = run(settings, store, reader, profile.id, now=now)
        if done.is_off:
            raise UsageError(
                "reminders are off: switch them on in the staff app, and mail with CARTERA_MAIL or "
                "CARTERA_SMTP_HOST; --dry-run shows what they would do"
            )
        if done.is_held:
            raise CarteraError(HELD)
        summary = {
            "company": profile.id,
            "clients": list(done.clients),
            "messages": done.messages,
            "waits_until": done.waits_until.isoformat() if done.waits_until else None,
            "reasons": dict(done.counts),
        }
        if form is Format.json:
            print_json(summary)
        else:
            rows = [{"reason": k, "clients": v} for k, v in sorted(done.counts.items())]
            print_rows(["reason", "clients"], rows, form, empty="No clients.")
            typer.echo(f"{done.messages} messages to {len(done.clients)} clients queued.", err=True)
        return
    ids = None if client is None else [reader.client(profile.id, client).client_id]
    seen = outlook(
        store, reader, profile, on=wanted, now=now, policy=policy.as_if_on, client_ids=ids
    )
    _print(seen, policy, profile, form)


@app.command("pause")
def pause(
    client: ClientId,
    until: Annotated[str | None, typer.Option(help="The last day; default: until lifted.")] = None,
    document: Annotated[str, typer.Option(help="Only this document (its id).")] = "",
    address: Annotated[str, typer.Option(help="Only this contact.")] = "",
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later.")] = "",
    company: CompanyOption = None,
) -> None:
    """Hold a client's reminders back: all, or of one document, or to one contact."""
    from cartera import clock
    from cartera.store import pauses
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    known = open_figures(settings, store).client(profile.id, client)
    made = pauses.pause(
        store, profile.id, known.client_id, document_id=document, address=address,
        until=day(until, "--until"), reason=reason, by=operator(profile.id), now=clock.now(),
    )  # fmt: skip
    typer.echo(made.public_id)


@app.command("resume")
def resume(
    pause: Annotated[str, typer.Argument(metavar="PAUSE", help="Its id, from `pauses`.")],
    company: CompanyOption = None,
) -> None:
    """Lift a pause."""
    from cartera import clock
    from cartera.store import pauses
    from cartera.store.db import open_store

    settings, profile = here(company)
    pauses.resume(open_store(settings), profile.id, pause, by=operator(profile.id), now=clock.now())


@app.command("pauses")
def list_pauses(
    client: Annotated[str | None, typer.Option(help="Only this client's.")] = None,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Pauses that hold today."""
    from cartera import clock
    from cartera.store import pauses
    from cartera.store.db import open_store

    settings, profile = here(company)
    today = clock.today(profile.timezone)
    found = pauses.pauses(open_store(settings), profile.id, day=today, client_id=client)
    columns = ["pause", "client_id", "document_id", "address", "until", "reason", "by"]
    print_rows(columns, [_pause(one) for one in found], form, empty="No pauses.")


def _pause(one: Pause) -> dict[str, Any]:
    return {
        "pause": one.public_id, "client_id": one.client_id, "document_id": one.document_id,
        "address": one.address, "until": one.until.isoformat() if one.until else "",
        "reason": one.reason, "by": one.created_by,
    }  # fmt: skip


def _print(seen: Outlook, policy: Policy, profile: Company, form: Format) -> None:
    from cartera.i18n import Translator
    from cartera.reminders.words import why

    tr = Translator("en")
    rows: list[dict[str, Any]] = [
        {
            "client_id": one.client_id,
            "name": one.name,
            "outcome": one.outcome,
            "reason": one.reason,
            "rule": one.rule_id or None,
            "until": one.until.isoformat() if one.until else None,
            "documents": [due.item.number for due in one.due],
            "to": [contact.address for contact in one.contacts],
            "why": why(one, tr, profile.timezone, policy),
        }
        for one in seen.decisions
    ]
    if form is Format.json:
        print_json(
            {
                "company": profile.id, "day": seen.day.isoformat(),
                "moment": seen.moment.isoformat(), "is_on": policy.is_on,
                "is_simulated": seen.is_simulated, "decisions": rows,
            }
        )  # fmt: skip
        return
    flat = [row | {name: " ".join(row[name]) for name in ("documents", "to")} for row in rows]
    columns = ["client_id", "outcome", "reason", "rule", "until", "documents", "to", "why"]
    print_rows(columns, flat, form, empty="No clients.")
    if not policy.is_on:
        typer.echo("Reminders are off: this is what they would do.", err=True)
