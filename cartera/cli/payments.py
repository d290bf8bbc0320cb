"""Commands for what clients pay on their pages: list, show, ask, accept, dismiss."""

from __future__ import annotations

import sys
from collections.abc import Callable
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
from cartera.people import operator

if TYPE_CHECKING:
    from cartera.online.reconciling import Compared
    from cartera.online.terms import OnlinePayment, State
    from cartera.store.gateway_events import Event
    from cartera.warehouse.ledger_payments import InLedger

app = typer.Typer(
    help="What clients pay on their pages: as the gateway, we and the ledger have it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
#: Rows listed without a day; more is for the page, or a shorter period.
MOST = 500

PaymentId = Annotated[
    str, typer.Argument(metavar="PAYMENT", help="The payment's id, from the list.")
]


@app.command("list")
def list_(
    state: Annotated[str, typer.Option(help="pending, approved, mismatch, ..., or all.")] = "all",
    since: Annotated[str | None, typer.Option(help="Begun on this day or later.")] = None,
    client: Annotated[str | None, typer.Option(help="Only this client's.", callback=key)] = None,
    differences: Annotated[
        bool, typer.Option("--differences", help="Only those about which the three differ.")
    ] = False,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """The newest first, each with what differs: gateway, ourselves, ledger."""
    from datetime import datetime, time
    from zoneinfo import ZoneInfo

    from cartera import clock
    from cartera.online.reconciling import compare
    from cartera.online.terms import STATES
    from cartera.store import online_listing
    from cartera.store.db import open_store

    if state not in (*STATES, "all"):
        raise UsageError(f"--state takes one of {', '.join(STATES)}, all, not {state!r}")
    settings, profile = here(company)
    first = day(since, "--since")
    asked = online_listing.Asked(
        since=datetime.combine(first, time(), ZoneInfo(profile.timezone)) if first else None,
        states=() if state == "all" else [cast("State", state)],
        client_id=client or "",
    )
    store = open_store(settings)
    found = online_listing.listed(store, profile.id, asked, limit=MOST)
    compared = compare(store, open_figures(settings, store), profile.id, found, now=clock.now())
    rows = [_row(one) for one in compared if one.differs or not differences]
    columns = ["payment", "at", "client_id", "reference", "gateway", "state", "amount", "currency",
               "says", "ledger", "differences"]  # fmt: skip
    print_rows(columns, rows, form, right=("amount",), empty="Nothing.")


@app.command("show")
def show(
    payment: PaymentId, company: CompanyOption = None, form: FormatOption = Format.table
) -> None:
    """All of one payment: what was asked for, what came of it, what the gateway sent."""
    from cartera import clock
    from cartera.online.reconciling import compare
    from cartera.store import gateway_events, online_payments
    from cartera.store.db import open_store

    settings, profile = here(company)
    store = open_store(settings)
    found = online_payments.get(store, profile.id, payment)
    reader = open_figures(settings, store)
    (one,) = compare(store, reader, profile.id, [found], now=clock.now())
    sent = gateway_events.of_reference(store, profile.id, found.gateway, found.reference)
    values = _row(one) | _more(one) | {"events": [_event(each) for each in sent]}
    if form is Format.json:
        print_json(values)
        return
    rows = [{"field": name, "value": _text(value)} for name, value in values.items()]
    print_rows(["field", "value"], rows, form)


@app.command("ask")
def ask(payment: PaymentId, company: CompanyOption = None) -> None:
    """Ask the gateway now; the ledger follows when the pipeline settles the answer."""
    from cartera import clock
    from cartera.online import resolving
    from cartera.store.db import open_store

    settings, profile = here(company)
    by = operator(profile.id)
    made = resolving.ask_now(open_store(settings), profile.id, payment, by=by, now=clock.now)
    sys.stdout.write(f"{payment}: {made.state}, the gateway says {made.said or 'nothing'}\n")


@app.command("accept")
def accept(payment: PaymentId, company: CompanyOption = None) -> None:
    """Take the amount that the gateway says was paid, where it is not the one asked for."""
    from cartera.online import resolving

    _decide(payment, company, resolving.accept)
    sys.stdout.write(f"{payment}: accepted; the pipeline brings it to the ledger\n")


@app.command("dismiss")
def dismiss(payment: PaymentId, company: CompanyOption = None) -> None:
    """Leave such a payment out of the ledger; its documents can be paid again."""
    from cartera.online import resolving

    _decide(payment, company, resolving.dismiss)
    sys.stdout.write(f"{payment}: left out\n")


def _decide(payment: str, company: str | None, act: Callable[..., OnlinePayment]) -> None:
    from cartera import clock
    from cartera.store.db import open_store

    settings, profile = here(company)
    by = operator(profile.id)
    act(open_store(settings), profile.id, payment, by=by, now=clock.now())


def _row(one: Compared) -> dict[str, Any]:
    payment = one.payment
    return {
        "payment": payment.public_id,
        "at": payment.created_at.isoformat(timespec="minutes"),
        "client_id": payment.client_id,
        "reference": payment.reference,
        "gateway": payment.gateway,
        "state": payment.state,
        "amount": f"{payment.paid[0]:f}",
        "currency": payment.paid[1],
        "says": payment.said,
        "ledger": "counts" if any(b and b.counts for b in (one.ours, one.theirs)) else "",
        "differences": ", ".join(one.notes),
    }


def _more(one: Compared) -> dict[str, Any]:
    payment, own = one.payment, one.own
    said = payment.said_amount
    return {
        "contact": payment.contact,
        "documents": [
            {
                "document_id": line.document_id,
                "number": line.number,
                "amount": f"{line.amount:f}",
                "from_favour": [
                    {"source_id": part.source_id, "amount": f"{part.amount:f}"}
                    for part in line.netted
                ],
            }
            for line in payment.lines
        ],
        "transaction": payment.gateway_id,
        "said_amount": None if said is None else f"{said:f}",
        "said_currency": payment.said_currency,
        "refunded": f"{payment.refunded:f}",
        "method": payment.method,
        "reason": payment.reason,
        "said_at": _moment(payment.said_at),
        "expires_at": _moment(payment.expires_at),
        "ask_at": _moment(payment.ask_at),
        "decided_by": payment.decided_by or "",
        "own_payment": own.payment_id if own else "",
        "own_status": own.status if own else "",
        "match": own.match if own else "",
        "matched_id": own.matched_id if own else "",
        "ours_in_ledger": _booked(one.ours),
        "theirs_in_ledger": _booked(one.theirs),
    }


def _booked(booked: InLedger | None) -> dict[str, Any] | None:
    if booked is None:
        return None
    return {
        "payment_id": booked.payment_id, "amount": f"{booked.amount:f}",
        "currency": booked.currency, "counts": booked.counts, "day": booked.day.isoformat(),
    }  # fmt: skip


def _event(event: Event) -> dict[str, Any]:
    return {
        "at": _moment(event.received_at), "kind": event.kind, "claims": event.stand or "",
        "state": event.state, "differs": event.differs,
    }  # fmt: skip


def _moment(at: Any) -> str:
    return "" if at is None else at.isoformat(timespec="seconds")


def _text(value: Any) -> str:
    """One cell for a list of records: one line each."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(part)}" for name, part in value.items() if part)
    if isinstance(value, list):
        return "\n".join(_text(part) for part in value)
    return "" if value is None else str(value)
