"""A client's online payments as the client reads them: what was paid, and how far it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cartera.gateways.base import MOVED
from cartera.online.terms import TAKEN, OnlinePayment
from cartera.render.text import clip
from cartera.render.words import Words

#: The newest ones, and what `is_news`; older ones are in the statement, as payments.
MOST = 3
#: Documents named in a line.
MOST_NAMED = 6
#: What gateways call a way to pay and why they decline; what is not here is shown as they say it.
METHODS: Mapping[str, str] = {
    "CARD": "Card",
    "PSE": "PSE",
    "NEQUI": "Nequi",
    "BANCOLOMBIA_TRANSFER": "Bancolombia",
    "SIMULATED": "Simulation",
    "SIMULATED_TRANSFER": "Simulation",
}
REASONS: Mapping[str, str] = {
    "INSUFFICIENT_FUNDS": "there is not enough money in the account",
    "INSUFFICIENT FUNDS": "there is not enough money in the account",
}


@dataclass(frozen=True, slots=True)
class PayCard:
    """One payment in words. `go` is the address where it goes on, "" where it does not."""

    title: str
    state: str
    tone: str
    day: str
    lines: tuple[str, ...]
    go: str = ""


def cards(
    payments: Iterable[OnlinePayment],
    words: Words,
    timezone: str,
    *,
    booked: Collection[str],
    go: Mapping[str, str],
) -> tuple[PayCard, ...]:
    """The payments in their order. `booked` are those (by public id) that the figures have; `go`
    has addresses where one goes on.
    """
    return tuple(
        _card(one, words, ZoneInfo(timezone), one.public_id in booked, go.get(one.public_id, ""))
        for one in payments
    )


def named(payment: OnlinePayment) -> str:
    """The documents by number, the first of many."""
    shown = ", ".join(clip(number, 40) for number in payment.numbers[:MOST_NAMED])
    return f"{shown} …" if len(payment.numbers) > MOST_NAMED else shown


def favour(payment: OnlinePayment, words: Words) -> str:
    """What of the money in favour goes to the documents with it; empty: nothing, or nothing any
    more.
    """
    if not payment.netted or payment.state not in (*TAKEN, "approved"):
        return ""
    amount = words.amount(payment.netted, payment.currency)
    if payment.state == "approved":
        return words.t("With it go {amount} that you had in your favour.", amount=amount)
    return words.t("Once it is paid, {amount} in your favour go to them, too.", amount=amount)


def result(payment: OnlinePayment, words: Words, timezone: str, *, booked: bool) -> tuple[str, str]:
    """What is said at the top of the page to whoever comes back from the gateway, and its tone."""
    card = _card(payment, words, ZoneInfo(timezone), booked, "")
    return f"{card.title}: {card.state}", card.tone


def _card(
    payment: OnlinePayment, words: Words, zone: ZoneInfo, is_booked: bool, go: str
) -> PayCard:
    t = words.t
    state, tone, more = _state(payment, words, zone, is_booked)
    method = t(METHODS[payment.method]) if payment.method in METHODS else clip(payment.method, 40)
    return PayCard(
        title=t("Payment of {amount}", amount=words.amount(payment.amount, payment.currency)),
        state=state,
        tone=tone,
        day=_day(payment.created_at, words, zone),
        lines=tuple(
            line
            for line in (
                more,
                " · ".join(part for part in (named(payment), payment.reference, method) if part),
                favour(payment, words),
            )
            if line
        ),
        go=go if can_go_on(payment) else "",
    )


def is_news(payment: OnlinePayment) -> bool:
    """Whether the client has to see it however old it is: it did not end yet, or money went back
    and documents are open again.
    """
    return payment.state in TAKEN or payment.said == "reversed" or payment.refunded > 0


def can_go_on(payment: OnlinePayment) -> bool:
    """Whether the client can still pay it; when its time is over, the gateway says."""
    return payment.state == "pending" and not payment.said


def _state(
    payment: OnlinePayment, words: Words, zone: ZoneInfo, is_booked: bool
) -> tuple[str, str, str]:
    """How far it is, the tone of that, and a sentence more."""
    t = words.t
    if payment.said in MOVED and payment.state in ("mismatch", "closed"):
        return t("Being looked into"), "warn", t("We received another amount, and see to it.")
    if payment.said == "reversed" or payment.state == "reversed":
        return t("Returned"), "overdue", t("The money went back to you.")
    if payment.said == "approved":
        if not payment.fits and payment.decided_by is None:
            return t("Being looked into"), "warn", t("We received another amount, and see to it.")
        back = _refunded(payment, words)
        if is_booked and payment.is_settled:
            return t("Paid and booked"), "credit", back
        return t("Approved, being booked"), "credit", back
    if payment.state == "pending":
        if payment.said:
            return t("In the bank's hands"), "warn", t("Your bank has not answered yet.")
        until = payment.expires_at.astimezone(zone).strftime("%H:%M")
        return t("Not finished"), "warn", t("It can be paid until {time}.", time=until)
    return _unpaid(payment, words)


def _unpaid(payment: OnlinePayment, words: Words) -> tuple[str, str, str]:
    t = words.t
    if payment.state == "declined":
        known = REASONS.get(payment.reason.upper())
        reason = t(known) if known else clip(payment.reason, 80)
        why = t("Your bank said no: {reason}.", reason=reason) if reason else ""
        return t("Declined"), "overdue", " ".join(filter(None, (why, t("Nothing was charged."))))
    if payment.state == "expired":
        return t("Expired"), "", t("Nobody paid it in time. Nothing was charged.")
    if payment.state == "closed":
        return t("Ended by you"), "", t("Nothing was charged.")
    return t("It did not work"), "overdue", t("Nothing was charged.")


def _refunded(payment: OnlinePayment, words: Words) -> str:
    if not payment.refunded:
        return ""
    return words.t(
        "{amount} of it went back to you.",
        amount=words.amount(payment.refunded, payment.said_currency or payment.currency),
    )


def _day(moment: datetime, words: Words, zone: ZoneInfo) -> str:
    return words.day(moment.astimezone(zone).date())
