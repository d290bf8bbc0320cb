"""Commands for what clients told the company: list, show, accept, reject, answer."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from cartera.cli.common import (
    CompanyOption,
    Format,
    FormatOption,
    day,
    here,
    key,
    print_json,
    print_rows,
)
from cartera.cli.reader import open_figures
from cartera.errors import UsageError
from cartera.notices.terms import KINDS, STATES, Kind, Notice, State
from cartera.people import operator

if TYPE_CHECKING:
    from cartera.store.own_payments import OwnPayment

app = typer.Typer(
    help="What clients told the company: reported payments, promises, disputes, comments.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NoticeId = Annotated[str, typer.Argument(metavar="NOTICE", help="The notice's id, from the list.")]
Say = Annotated[str, typer.Option("--say", help="Words to the client, mailed with it.")]


@app.command("list")
def list_(
    kind: Annotated[str | None, typer.Option(help=f"One of {', '.join(KINDS)}.")] = None,
    state: Annotated[str, typer.Option(help=f"One of {', '.join(STATES)}, or all.")] = "open",
    client: Annotated[str | None, typer.Option(help="Only this client's.", callback=key)] = None,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """The newest first; those that nobody decided yet, where nothing else is asked for."""
    from cartera.store import notices
    from cartera.store.db import open_store

    if kind is not None:
        _must_be_one_of(kind, KINDS, "--kind")
    _must_be_one_of(state, [*STATES, "all"], "--state")
    settings, profile = here(company)
    found = notices.listed(
        open_store(settings),
        profile.id,
        kinds=[cast("Kind", kind)] if kind else (),
        states=() if state == "all" else [cast("State", state)],
        client_id=client,
    )
    columns = ["notice", "at", "client_id", "kind", "state", "amount", "currency", "day", "about"]
    print_rows(columns, [_row(one) for one in found], form, right=("amount",), empty="Nothing.")


@app.command("show")
def show(
    notice: NoticeId, company: CompanyOption = None, form: FormatOption = Format.table
) -> None:
    """All of one notice: what the client wrote, what was answered, what became of it."""
    from cartera.store import notices, own_payments
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    found = notices.get(store, profile.id, notice)
    made = own_payments.of_source(store, profile.id, "report", notice)
    values = _row(found) | {
        "contact": found.contact, "method": found.method, "reference": found.reference,
        "reason": found.reason, "text": found.text,
        "proof": found.proof.name if found.proof else "", "decided_by": found.decided_by or "",
        "documents": [
            {"document_id": d.document_id, "number": d.number, "open": f"{d.open:f}"}
            for d in found.documents
        ],
        "answers": [
            {"at": a.at.isoformat(timespec="minutes"), "who": a.who, "text": a.text}
            for a in found.answers
        ],
        "payment": None if made is None else _payment(made),
    }  # fmt: skip
    if form is Format.json:
        print_json(values)
        return
    rows = [{"field": name, "value": _text(value)} for name, value in values.items()]
    print_rows(["field", "value"], rows, form)


@app.command("accept")
def accept(
    notice: NoticeId,
    amount: Annotated[
        str | None, typer.Option(help="What was received, such as 1500000.50; default: all of it.")
    ] = None,
    paid_on: Annotated[
        str | None, typer.Option("--day", help="Day of the payment; default: as reported.")
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to", metavar="DOCUMENT=AMOUNT",
            help="What a document gets, by its id or number; may be repeated. Default: those that "
            "the client named, the oldest first. Use --to nothing for money in favour.",
        ),
    ] = None,
    say: Say = "",
    company: CompanyOption = None,
) -> None:  # fmt: skip
    """Accept a reported payment, wholly or in part; the ledger has it after a refresh."""
    from cartera import clock
    from cartera.notices import decisions, owed
    from cartera.store import notices
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    found = notices.get(store, profile.id, notice)
    if found.amount is None or found.day is None or found.kind != "payment":
        raise UsageError(f"{notice} is a {found.kind}, no payment")
    received = found.amount if amount is None else _amount(amount)
    reader = open_figures(settings, store)
    documents = owed.owed(reader, found, as_of=clock.today(profile.timezone))
    if to is None:
        parts = owed.spread(found, documents, received)
    else:
        names = {one.number: one.document_id for one in documents}
        names |= {one.document_id: one.document_id for one in documents}
        parts = _parts(to, names)
    made = decisions.accept(
        store, profile, notice, amount=received, day=day(paid_on, "--day") or found.day,
        allocations=list(parts.items()), text=say, by=operator(profile.id), now=clock.now(),
        open_documents={one.document_id: one.open for one in documents},
    )  # fmt: skip
    sys.stdout.write(f"{notice}: accepted, payment {made.payment_id}\n")


@app.command("reject")
def reject(
    notice: NoticeId,
    say: Annotated[str, typer.Option("--say", help="Why; the client is mailed it.")],
    company: CompanyOption = None,
) -> None:
    """Reject a reported payment, or a dispute, with a reason."""
    from cartera import clock
    from cartera.notices import decisions
    from cartera.store.db import open_store

    settings, profile = here(company)
    decisions.decide(
        open_store(settings), profile, notice, "rejected",
        text=say, by=operator(profile.id), now=clock.now(),
    )  # fmt: skip
    sys.stdout.write(f"{notice}: rejected\n")


@app.command("answer")
def answer(
    notice: NoticeId,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What the client is told.")],
    company: CompanyOption = None,
) -> None:
    """Answer a notice on the client's page and by mail; it stays as it is."""
    from cartera import clock
    from cartera.notices import decisions
    from cartera.store.db import open_store

    settings, profile = here(company)
    by = operator(profile.id)
    decisions.answer(open_store(settings), profile, notice, text, by=by, now=clock.now())
    sys.stdout.write(f"{notice}: answered\n")


def _row(one: Notice) -> dict[str, Any]:
    return {
        "notice": one.public_id,
        "at": one.created_at.isoformat(timespec="minutes"),
        "client_id": one.client_id,
        "kind": one.kind,
        "state": one.state,
        "amount": None if one.amount is None else f"{one.amount:f}",
        "currency": one.currency,
        "day": one.day.isoformat() if one.day else None,
        "about": ", ".join(one.numbers),
    }


def _payment(made: OwnPayment) -> dict[str, Any]:
    return {
        "payment_id": made.payment_id, "amount": f"{made.amount:f}", "day": made.day.isoformat(),
        "status": made.status, "match": made.match, "matched_id": made.matched_id,
        "allocations": [
            {"document_id": one.document_id, "amount": f"{one.amount:f}"}
            for one in made.allocations
        ],
    }  # fmt: skip


def _text(value: Any) -> str:
    """One cell for a list of records: one line each."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(part)}" for name, part in value.items() if part)
    if isinstance(value, list):
        return "\n".join(_text(part) for part in value)
    return "" if value is None else str(value)


def _must_be_one_of(text: str, choices: Sequence[str], option: str) -> None:
    if text not in choices:
        raise UsageError(f"{option} takes one of {', '.join(choices)}, not {text!r}")


def _amount(text: str) -> Decimal:
    """Plain digits with a point: a shell is no place to guess what a comma means."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise UsageError(f"{text!r} is no amount such as 1500000.50") from None


def _parts(given: Sequence[str], names: Mapping[str, str]) -> dict[str, Decimal]:
    if given == ["nothing"]:
        return {}
    parts: dict[str, Decimal] = {}
    for text in given:
        name, mark, amount = text.rpartition("=")
        if not mark or not name:
            raise UsageError(f"--to takes DOCUMENT=AMOUNT, not {text!r}")
        document_id = names.get(name, name)
        if document_id in parts:
            raise UsageError(f"--to names {name} twice")
        parts[document_id] = _amount(amount)
    return parts
