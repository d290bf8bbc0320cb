"""Payments on clients' pages in words: what the gateway says, what we say, what the ledger says."""

from __future__ import annotations

from typing import NamedTuple

from cartera.gateways import registry
from cartera.gateways.base import UNPAID, Stand
from cartera.online.cards import METHODS
from cartera.online.reconciling import NOTES, WORDS, Compared, Difference
from cartera.online.terms import OnlinePayment, State
from cartera.render.text import clip
from cartera.store.gateway_events import Event
from cartera.store.own_payments import OwnPayment
from cartera.warehouse.ledger_payments import InLedger
from streamlit_app.staff.here import Here

STATE_WORDS: dict[State, str] = {
    "pending": "Being paid",
    "approved": "Approved",
    "declined": "Declined",
    "error": "Failed",
    "expired": "Not paid in time",
    "closed": "Ended unpaid",
    "reversed": "Reversed",
    "mismatch": "To be decided",
}
TONES: dict[State, str] = {
    "pending": "warn", "approved": "credit", "reversed": "late", "mismatch": "late",
}  # fmt: skip
STAND_WORDS: dict[Stand, str] = {
    "open": "Open, nobody paid",
    "pending": "Waits for the bank",
    "approved": "Approved",
    "declined": "Declined",
    "error": "Failed",
    "expired": "Not paid in time",
    "reversed": "Reversed",
}
#: What the ledger's own payment is, for us.
OWN_WORDS: dict[str, str] = {
    "ours": "It counts in the client's account.",
    "doubt": "It does not count until somebody decides.",
    "replaced": "The accounting system's payment counts instead.",
}
SHORT = 40


class Says(NamedTuple):
    """What one of the three says of a payment, in words."""

    head: str
    amount: str = ""
    lines: tuple[str, ...] = ()
    tone: str = ""


def title_of(gateway: str) -> str:
    """What people call a gateway; its name where this version does not have it."""
    return registry.maker(gateway).TITLE if gateway in registry.MODULES else gateway


def method_of(here: Here, payment: OnlinePayment) -> str:
    """How it was paid, as far as the gateway tells."""
    name = METHODS.get(payment.method)
    return here.t(name) if name else clip(payment.method, SHORT)


def gateway_says(here: Here, payment: OnlinePayment) -> Says:
    """Its last answer."""
    if not payment.said:
        words = here.t("Nothing yet") if payment.said_at is None else here.t("Nobody paid it")
        return Says(words, lines=tuple(_asked(here, payment)))
    words = STAND_WORDS.get(payment.said)  # type: ignore[call-overload]  # from the store
    amount = "" if payment.said_amount is None else here.money(
        payment.said_amount, payment.said_currency
    )  # fmt: skip
    lines = []
    if payment.refunded > 0 and payment.said == "approved":
        back = here.money(payment.refunded, payment.said_currency)
        lines.append(here.t("{amount} went back", amount=back))
    if payment.reason and payment.said in UNPAID:
        lines.append(clip(payment.reason, SHORT * 2))
    if payment.gateway_id:
        lines.append(clip(payment.gateway_id, SHORT))
    head = here.t(words) if words else clip(payment.said, SHORT)
    return Says(head, amount, (*lines, *_asked(here, payment)))


def we_say(here: Here, payment: OnlinePayment, own: OwnPayment | None) -> Says:
    """What we made of it."""
    amount = here.money(*payment.paid)
    lines = []
    if payment.paid != (payment.amount, payment.currency):
        asked = here.money(payment.amount, payment.currency)
        lines.append(here.t("asked for: {amount}", amount=asked))
    if own is not None and own.status == "void":
        lines.append(here.t("It was taken out of the account again."))
    elif own is not None:
        if own.amount != payment.paid[0]:
            lines.append(here.t("left: {amount}", amount=here.money(own.amount, own.currency)))
        lines.append(here.t(OWN_WORDS[own.match]))
    if payment.decided_by:
        lines.append(here.t("accepted by {who}", who=clip(payment.decided_by, SHORT)))
    head, tone = here.t(STATE_WORDS[payment.state]), TONES.get(payment.state, "")
    return Says(head, amount, tuple(lines), tone)


def ledger_says(here: Here, one: Compared) -> Says:
    """What the published figures have of it: the payment that counts first."""
    if one.own is None or (one.ours is None and one.theirs is None):
        return Says(here.t("Nothing"))
    rows = [
        (name, booked)
        for name, booked in (("Came in here", one.ours), ("Accounting system", one.theirs))
        if booked is not None
    ]
    rows.sort(key=lambda row: not row[1].counts)
    _, first = rows[0]
    lines = [
        f"{here.t(name)}: {clip(booked.number, SHORT)}, {_status(here, booked).lower()}"
        for name, booked in rows
    ]
    amount = here.money(first.amount, first.currency) if first.counts else ""
    return Says(_status(here, first), amount, tuple(lines))


def notes_of(here: Here, notes: tuple[Difference, ...]) -> list[dict[str, str]]:
    """Differences in words, each with its colour."""
    return [
        {"text": here.t(WORDS[note]), "tone": "" if note in NOTES else "late"} for note in notes
    ]


def _status(here: Here, booked: InLedger) -> str:
    if booked.counts:
        return here.t("Counts")
    return here.t("Voided") if booked.is_void else here.t("Does not count")


def _asked(here: Here, payment: OnlinePayment) -> list[str]:
    if payment.said_at is None:
        return []
    return [here.t("asked on {day}", day=here.moment(payment.said_at))]


def claims_of(here: Here, event: Event) -> str:
    """What an event claims, in words."""
    words = STAND_WORDS.get(event.stand) if event.stand else None  # type: ignore[call-overload]
    amount = "" if event.amount is None else here.money(event.amount, event.currency or "")
    return " · ".join(part for part in (here.t(words) if words else "", amount) if part)
