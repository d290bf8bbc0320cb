"""Mails about payments on the client's page in words.

Names of documents and what a gateway says come from outside: they stand in them escaped, and
nothing in them is filled in or followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape

from cartera.mail.outgoing import Content
from cartera.online.cards import METHODS
from cartera.online.terms import OnlinePayment
from cartera.render.text import clip
from cartera.render.words import Words
from cartera.store.own_payments import OwnPayment

#: Documents named in a mail; the page has them all.
MOST_NAMED = 30
#: Letters of a name in a subject.
_NAME = 80
SIMULATED = "This is a simulation: no money moved."
REPLACED = (
    "The accounting system already has it as {payment}: correct it there, too; until then the "
    "client's balance does not change."
)
NETTED = (
    "Apply it in the accounting system, too: what it applies takes the place of this, and once it "
    "has the payment, only what it applies counts."
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the mails of one payment speak of. `own` is what the ledger gets of it."""

    payment: OnlinePayment
    own: OwnPayment | None
    day: date
    gateway: str
    is_simulation: bool
    #: What stands of each part of the money in favour that went with it; None: as it was meant.
    applied: Mapping[int, Decimal] | None = None

    @property
    def paid(self) -> Decimal:
        """What was paid before any of it went back."""
        return self.payment.paid[0]

    @property
    def currency(self) -> str:
        """Of all its amounts."""
        return self.payment.paid[1]

    @property
    def kept(self) -> Decimal:
        """What is left of it."""
        return self.own.amount if self.own else Decimal()

    @property
    def parts(self) -> list[tuple[str, Decimal]]:
        """What each document gets, by number."""
        return [] if self.own is None else list(self._named(dict(self.own.allocations)))

    @property
    def netted(self) -> list[tuple[str, Decimal]]:
        """What each document gets of the money that was in favour, by number and source."""
        if self.own is None or self.own.status != "received":
            return []
        numbers = self._numbers
        return [
            (f"{numbers.get(document_id, document_id)} ({clip(money.number, _NAME)})", money.amount)
            for document_id, money in self.own.netted
        ]

    @property
    def not_netted(self) -> Decimal:
        """What of the money in favour was to go to the documents, and was not there any more or not
        needed.
        """
        if self.own is None:
            return Decimal()
        return self.payment.netted - sum((money.amount for _, money in self.own.netted), Decimal())

    @property
    def in_favour(self) -> Decimal:
        """What no document needed."""
        return self.kept - sum((amount for _, amount in self.parts), Decimal())

    @property
    def open_again(self) -> list[tuple[str, Decimal]]:
        """What of each document is open once more: nothing where the accounting system's payment
        counts instead, and of the money in favour no more than ours still applies.
        """
        if self.own is None or self.own.match == "replaced":
            return []
        has = dict(self.own.allocations) if self.own.status == "received" else {}
        gone = {d: given - has.get(d, Decimal()) for d, given in self.own.given}
        if self.own.status != "received":
            for number, (document_id, money) in enumerate(self.own.netted, 1):
                was = money.amount if self.applied is None else self.applied.get(number, Decimal())
                gone[document_id] = gone.get(document_id, Decimal()) + min(was, money.amount)
        return list(self._named({d: amount for d, amount in gone.items() if amount > 0}))

    def _named(self, amounts: Mapping[str, Decimal]) -> Iterator[tuple[str, Decimal]]:
        numbers = self._numbers
        for document_id, amount in amounts.items():
            yield numbers.get(document_id, document_id), amount

    @property
    def _numbers(self) -> dict[str, str]:
        return {line.document_id: line.number for line in self.payment.lines}


def receipt(told: Told, company: str, words: Words) -> Content:
    """That a payment is there."""
    t = words.t
    amount = words.amount(told.kept, told.currency)
    parts = [_p(t("We received your payment of {amount}. Thank you.", amount=amount))]
    parts += [_list(_facts(told, words)), _parts(t("It pays:"), told.parts, told, words)]
    heading = t("From what you had in your favour:")
    parts += [_parts(heading, told.netted, told, words), _not_netted(told, words)]
    if told.in_favour > 0:
        favour = words.amount(told.in_favour, told.currency)
        parts.append(_p(t("{amount} were not needed and stay in your favour.", amount=favour)))
    parts.append(_p(t("It shows in your account within moments. Keep this message as a receipt.")))
    subject = t("{company}: receipt of your payment of {amount}",
                company=clip(company, _NAME), amount=amount)  # fmt: skip
    return _client(subject, parts, told, words)


def refunded(told: Told, company: str, words: Words) -> Content:
    """That a part of a payment went back."""
    t = words.t
    values = {
        "amount": words.amount(told.payment.refunded, told.currency),
        "paid": words.amount(told.paid, told.currency),
        "day": words.day(told.day),
    }
    parts = [_p(t("Of your payment of {paid} of {day}, {amount} went back to you.", **values))]
    parts += [_list(_facts(told, words)), _parts(t("Open again:"), told.open_again, told, words)]
    subject = t("{company}: {amount} of your payment went back",
                company=clip(company, _NAME), amount=values["amount"])  # fmt: skip
    return _client(subject, parts, told, words)


def reversed_(told: Told, company: str, words: Words) -> Content:
    """That a payment does not count any more."""
    t = words.t
    values = {"amount": words.amount(told.paid, told.currency), "day": words.day(told.day)}
    sentence = "Your payment of {amount} of {day} was reversed: it does not count any more."
    parts = [_p(t(sentence, **values)), _list(_facts(told, words))]
    parts.append(_parts(t("Open again:"), told.open_again, told, words))
    parts.append(_p(t("If you did not ask for that, please write to us.")))
    subject = t("{company}: your payment was reversed", company=clip(company, _NAME))
    return _client(subject, parts, told, words)


def again(told: Told, company: str, words: Words) -> Content:
    """That a payment which had been reversed counts once more."""
    t = words.t
    values = {"amount": words.amount(told.kept, told.currency), "day": words.day(told.day)}
    sentence = "Your payment of {amount} of {day}, which had been reversed, counts again."
    parts = [_p(t(sentence, **values)), _list(_facts(told, words))]
    parts.append(_parts(t("It pays:"), told.parts, told, words))
    parts.append(_parts(t("From what you had in your favour:"), told.netted, told, words))
    subject = t("{company}: your payment counts again", company=clip(company, _NAME))
    return _client(subject, parts, told, words)


def paid_to_staff(told: Told, client: str, words: Words, url: str) -> Content:
    """A payment came in."""
    subject = words.t("Paid online: {client}, {amount}", client=clip(client, _NAME),
                      amount=words.amount(told.kept, told.currency))  # fmt: skip
    parts = [_parts(words.t("It pays:"), told.parts, told, words), *_netted(told, words)]
    parts.append(_not_netted(told, words))
    if told.in_favour > 0:
        favour = words.amount(told.in_favour, told.currency)
        parts.append(_p(words.t("Not needed, in favour of the client: {amount}", amount=favour)))
    return _staff(subject, parts, told, client, words, url)


def refunded_to_staff(told: Told, client: str, words: Words, url: str) -> Content:
    """A part of it went back."""
    subject = words.t("Refunded online: {client}, {amount}", client=clip(client, _NAME),
                      amount=words.amount(told.payment.refunded, told.currency))  # fmt: skip
    left = words.t("Left of it: {amount}", amount=words.amount(told.kept, told.currency))
    parts = [_p(left), _parts(words.t("Open again:"), told.open_again, told, words)]
    return _staff(subject, [*parts, _replaced(told, words)], told, client, words, url)


def reversed_to_staff(told: Told, client: str, words: Words, url: str) -> Content:
    """All of it went back."""
    subject = words.t("Reversed online: {client}, {amount}", client=clip(client, _NAME),
                      amount=words.amount(told.paid, told.currency))  # fmt: skip
    parts = [_parts(words.t("Open again:"), told.open_again, told, words), _replaced(told, words)]
    return _staff(subject, parts, told, client, words, url)


def again_to_staff(told: Told, client: str, words: Words, url: str) -> Content:
    """It counts once more: a chargeback was won."""
    subject = words.t("Counts again online: {client}, {amount}", client=clip(client, _NAME),
                      amount=words.amount(told.kept, told.currency))  # fmt: skip
    parts = [_parts(words.t("It pays:"), told.parts, told, words), *_netted(told, words)]
    return _staff(subject, parts, told, client, words, url)


def mismatch_to_staff(told: Told, client: str, words: Words, url: str) -> Content:
    """The gateway speaks of another amount: a person decides."""
    payment, t = told.payment, words.t
    said = payment.said_amount or Decimal()
    asked = words.amount(payment.amount, payment.currency)
    paid = words.amount(said, payment.said_currency)
    subject = t("To be decided: online payment of {client}", client=clip(client, _NAME))
    sentence = (
        "{gateway} says that {paid} were paid where {asked} were asked for. Nothing is in the "
        "ledger until you accept it or leave it out."
    )
    parts = [_p(t(sentence, gateway=told.gateway, paid=paid, asked=asked))]
    return _staff(subject, parts, told, client, words, url)


def _facts(told: Told, words: Words) -> Iterator[str]:
    payment, t = told.payment, words.t
    yield t("Date: {day}", day=words.day(told.day))
    known = METHODS.get(payment.method)
    way = t(known) if known else clip(payment.method, _NAME)
    method = " · ".join(dict.fromkeys(part for part in (told.gateway, way) if part))
    yield t("Paid with: {method}", method=method)
    yield t("Reference: {reference}", reference=payment.reference)
    if payment.gateway_id:
        name = clip(payment.gateway_id, _NAME)
        yield t("Transaction at {gateway}: {name}", gateway=told.gateway, name=name)


def _client(subject: str, parts: Iterable[str], told: Told, words: Words) -> Content:
    opening = [_p(words.t("Dear client:"))]
    if told.is_simulation:
        opening.insert(0, f"<p><strong>{escape(words.t(SIMULATED))}</strong></p>")
    return Content(subject=clip(subject), body="".join([*opening, *parts]), statement=False)


def _staff(
    subject: str, parts: Iterable[str], told: Told, client: str, words: Words, url: str
) -> Content:
    opening = [f"<p><strong>{escape(clip(client))}</strong></p>"]
    if told.is_simulation:
        opening.append(_p(words.t(SIMULATED)))
    link = f'<p><a href="{escape(url)}">{escape(words.t("Open it in Cartera"))}</a></p>'
    body = "".join([*opening, _list(_facts(told, words)), *parts, link])
    return Content(subject=clip(subject), body=body, statement=False)


def _netted(told: Told, words: Words) -> Iterator[str]:
    """What staff have to book besides the payment."""
    if told.netted:
        yield _parts(words.t("From the client's money in favour:"), told.netted, told, words)
        yield _p(words.t(NETTED))


def _not_netted(told: Told, words: Words) -> str:
    """What was to come from money in favour, and did not."""
    if told.not_netted <= 0:
        return ""
    amount = words.amount(told.not_netted, told.payment.currency)
    planned = words.amount(told.payment.netted, told.payment.currency)
    sentence = (
        "Of the {planned} in favour that were to be applied, {amount} were not: they had been used "
        "elsewhere, or the documents were settled. Your account shows what is owed."
    )
    return _p(words.t(sentence, planned=planned, amount=amount))


def _replaced(told: Told, words: Words) -> str:
    """That the accounting system must be told of it, too, where its payment is the ledger's."""
    if told.own is None or told.own.match != "replaced":
        return ""
    return _p(words.t(REPLACED, payment=clip(told.own.matched_id, _NAME)))


def _parts(
    heading: str, parts: list[tuple[str, Decimal]], told: Told, words: Words
) -> str:  # fmt: skip
    if not parts:
        return ""
    rows = [f"{clip(n, _NAME)}: {words.amount(a, told.currency)}" for n, a in parts[:MOST_NAMED]]
    if len(parts) > MOST_NAMED:
        rows.append(words.t("and {count} more on the page", count=len(parts) - MOST_NAMED))
    return _p(heading) + _list(rows)


def _p(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _list(rows: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(row)}</li>" for row in rows) + "</ul>"
