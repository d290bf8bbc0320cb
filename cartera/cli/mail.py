"""Commands for the outbox: what waits, what was sent, and what became of it."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cartera.cli.common import (
    CompanyOption,
    Format,
    FormatOption,
    here,
    key,
    print_json,
    print_rows,
)
from cartera.cli.reader import open_figures, say_changed
from cartera.errors import CarteraError, UsageError
from cartera.people import operator

if TYPE_CHECKING:
    from cartera.mail.outgoing import Kind, State
    from cartera.store.messages import Message

app = typer.Typer(
    help="Messages to clients: what waits, what was sent.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip
Ids = Annotated[list[str], typer.Argument(metavar="MESSAGE...", help="Ids, from the list.")]


@app.command("list")
def list_messages(
    state: Annotated[
        list[str] | None, typer.Option(help="Only in this state; may be repeated.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="statement, invoice, reminder, receipt.")] = None,
    client: Annotated[str | None, typer.Option(help="Client id.", callback=key)] = None,
    mailing: Annotated[str | None, typer.Option(help="Mailing's id.")] = None,
    text: Annotated[str, typer.Option(help="In address, contact, client or subject.")] = "",
    limit: Annotated[int, typer.Option(min=1)] = 50,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Messages, newest first."""
    from cartera.store import outbox
    from cartera.store.db import open_store

    settings, profile = here(company)
    found = outbox.list_messages(
        open_store(settings), profile.id, states=_states(state or []), kind=_kind(kind),
        client_id=client, mailing=mailing, text=text, limit=limit,
    )  # fmt: skip
    columns = ["message", "state", "reason", "kind", "client_id", "address", "subject", "at"]
    print_rows(columns, [_row(message) for message in found], form, empty="No messages.")


@app.command("show")
def show(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id, from the list.")],
    as_sent: Annotated[
        bool, typer.Option("--as-sent", help="Print the message itself (MIME) instead.")
    ] = False,
    company: CompanyOption = None,
) -> None:
    """One message with everything that happened to it, as JSON; or the message as it went."""
    from cartera.store import outbox
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    found = outbox.get(store, profile.id, message)
    if as_sent:
        kept = outbox.kept(store, profile.id, message)
        if kept is None:
            raise CarteraError(f"message {message!r} is not kept: not sent yet, or too old")
        sys.stdout.write(kept.decode("ascii", "replace").replace("\r\n", "\n"))
        return
    events = [
        {"at": event.at.isoformat(), "what": event.what, "detail": event.detail, "who": event.who}
        for event in outbox.events(store, profile.id, message)
    ]
    about = {
        "document_id": found.document_id, "contact": found.contact, "mailing": found.mailing,
        "attempts": found.attempts, "not_before": found.not_before.isoformat(),
        "link": found.link_id, "opens": found.opens,
    }  # fmt: skip
    print_json(_row(found) | about | {"events": events})


@app.command("send")
def send(
    mailing: Annotated[str | None, typer.Option(help="Only this mailing.")] = None,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Send what is due, new invoices too where the company mails them, until nothing is.

    Control-C ends it after the message under way.
    """
    from cartera import clock
    from cartera.mail import invoices
    from cartera.mail.sender import run_all
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    reader = open_figures(settings, store)
    say_changed(store, profile.id)
    invoices.queue_new(settings, store, reader, profile.id, now=clock.now())
    with _told_to_end() as told:
        done = run_all(settings, store, reader, company_id=profile.id, mailing=mailing, stop=told)
    rows = [{"result": verdict, "messages": count} for verdict, count in done.counts.items()]
    print_rows(["result", "messages"], rows, form, right=("messages",), empty="Nothing was due.")
    if done.trouble:
        raise CarteraError(done.trouble)


@app.command("retry")
def retry(messages: Ids, company: CompanyOption = None) -> None:
    """Send again what failed, bounced, was skipped or cancelled, or is unknown."""
    _act("retry", messages, company)


@app.command("cancel")
def cancel(messages: Ids, company: CompanyOption = None) -> None:
    """Do not send what has not left yet."""
    _act("cancel", messages, company)


@app.command("confirm")
def confirm(messages: Ids, company: CompanyOption = None) -> None:
    """Say of unknown messages that they arrived: they are not sent again."""
    _act("confirm_sent", messages, company)


@app.command("bounces")
def bounces(form: FormatOption = Format.table) -> None:
    """Read delivery reports (CARTERA_IMAP_HOST or CARTERA_BOUNCE_MAILDIR)."""
    from cartera import clock
    from cartera.config import settings
    from cartera.mail.bounces import read_reports
    from cartera.store.db import open_store

    current = settings()
    counts = read_reports(current, open_store(current), now=clock.now())
    rows = [{"result": what, "reports": count} for what, count in sorted(counts.items())]
    print_rows(["result", "reports"], rows, form, right=("reports",), empty="No reports.")


@app.command("status")
def status(company: CompanyOption = None, form: FormatOption = Format.table) -> None:
    """How mail leaves here, and how many messages are in each state."""
    from cartera.store import companies, outbox
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    mail = companies.mail_profile(store, profile.id)
    counts = {k: v for k, v in outbox.counts(store, profile.id).items() if v}
    if form is Format.json:
        print_json(
            {"transport": settings.mail_transport, "is_on": mail.is_on,
             "test_address": mail.test_address, "messages": counts}
        )  # fmt: skip
        return
    if form is Format.table:
        switch = "on" if mail.is_on else "off: messages wait"
        sys.stdout.write(f"transport: {settings.mail_transport}; company: {switch}\n")
        if mail.test_address:
            sys.stdout.write(f"test mode: everything goes to {mail.test_address}\n")
    rows = [{"state": state, "messages": count} for state, count in counts.items()]
    print_rows(["state", "messages"], rows, form, right=("messages",), empty="No messages.")


@contextmanager
def _told_to_end() -> Iterator[threading.Event]:
    """Set by control-C, or by whoever ends us: the message under way is still settled."""
    told = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: told.set()) for number in numbers}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _act(name: str, messages: list[str], company: str | None) -> None:
    from cartera import clock
    from cartera.store import outbox
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    for message in messages:
        outbox.get(store, profile.id, message)  # an unknown one is said, not passed over
    act = {"retry": outbox.retry, "cancel": outbox.cancel, "confirm_sent": outbox.confirm_sent}
    count = act[name](store, profile.id, messages, by=operator(profile.id), now=clock.now())
    sys.stdout.write(f"{count} of {len(messages)} changed\n")
    if count < len(set(messages)):
        raise CarteraError("the others are not in a state in which that can be done")


def _row(message: Message) -> dict[str, Any]:
    return {
        "message": message.public_id,
        "state": message.state,
        "reason": message.reason,
        "kind": message.kind,
        "client_id": message.client_id,
        "address": message.address,
        "subject": message.subject,
        "at": (message.sent_at or message.created_at).isoformat(timespec="minutes"),
    }


def _states(given: list[str]) -> list[State]:
    from cartera.mail.outgoing import STATES

    for state in given:
        if state not in STATES:
            raise UsageError(f"--state takes one of {', '.join(STATES)}, not {state!r}")
    return [state for state in STATES if state in given]


def _kind(given: str | None) -> Kind | None:
    from cartera.mail.outgoing import KINDS

    if given is None:
        return None
    for kind in KINDS:
        if kind == given:
            return kind
    raise UsageError(f"--kind takes one of {', '.join(KINDS)}, not {given!r}")
