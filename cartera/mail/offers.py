"""What a client can do on the page that a message leads to, in one sentence.

Only what the company lets this client do, and what there is to do it with: nobody is asked to send
a receipt by mail where the page takes it, nor led to a button that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cartera.mail import values
from cartera.notices.rights import Right, Rights
from cartera.online import beginning, choosing
from cartera.render.words import Words
from cartera.statement import Statement
from cartera.store import client_rights, pay_settings
from cartera.store.db import Store

#: What comes after "On your page you can"; English texts of `cartera/locale/*/mail.po`.
ACTS: dict[Right, str] = {
    "pay": "pay online",
    "report": "report a payment that you made",
    "promise": "tell us the day on which you will pay",
    "dispute": "dispute a document",
    "comment": "write to us",
}


@dataclass(frozen=True, slots=True)
class Offers:
    """What a client may do, and the currencies in which the company is paid on the page."""

    rights: Rights
    currencies: frozenset[str] = frozenset()

    def sentence(self, statement: Statement, words: Words) -> str:
        """`On your page you can pay online and write to us.`"""
        t, rights = words.t, self.rights
        said = []
        if acts := [t(ACTS[act]) for act in self._acts(statement)]:
            said.append(t("On your page you can {acts}.", acts=values.joined(acts, words)))
        if not (rights.report or rights.comment):
            said.append(t("If you have already paid or have a question, answer this message."))
        return " ".join(said)

    def _acts(self, statement: Statement) -> Iterator[Right]:
        rights = self.rights
        owed = [item for section in statement.sections for item in section.items if item.open > 0]
        if rights.pay and any(self._can_pay(statement, currency) for currency in self.currencies):
            yield "pay"
        if rights.report:
            yield "report"
        if rights.promise and owed:
            yield "promise"
        if rights.dispute and any(not item.disputed for item in owed):
            yield "dispute"
        if rights.comment:
            yield "comment"

    @staticmethod
    def _can_pay(statement: Statement, currency: str) -> bool:
        return any(not one.is_taken for one in choosing.payable(statement, currency))


def offers_of(
    store: Store, company_id: str, client_ids: Iterable[str], statements: Iterable[Statement | None]
) -> Mapping[str, Offers]:
    """What each of these clients can do, by client; `statements` name the currencies."""
    rights = client_rights.of_clients(store, company_id, client_ids)
    currencies: set[str] = set()
    settings = pay_settings.of_company(store, company_id)
    if settings.gateways and any(one.pay for one in rights.values()):
        owed = {section.currency for s in statements if s for section in s.sections}
        currencies = {code for code in owed if beginning.methods(company_id, settings, code)}
    return {client: Offers(found, frozenset(currencies)) for client, found in rights.items()}
