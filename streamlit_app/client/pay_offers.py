"""What a client can pay here: a currency, with the gateways that take it."""

from __future__ import annotations

from dataclasses import dataclass

from cartera.gateways.base import Gateway
from cartera.notices.rights import Rights
from cartera.online import beginning, choosing
from cartera.statement import Statement
from cartera.store import pay_settings
from cartera.store.links import Link
from cartera.store.pay_settings import PaySettings
from streamlit_app.shared.services import services


@dataclass(frozen=True, slots=True)
class Offers:
    """The company's settings, and the methods by currency: none where nothing can be paid."""

    settings: PaySettings
    methods: dict[str, tuple[Gateway, ...]]

    def __bool__(self) -> bool:
        return bool(self.methods)


NOTHING = Offers(PaySettings(), {})


def of(link: Link, rights: Rights, statement: Statement) -> Offers:
    """What this client can pay now, if anything is open and free in a currency that is taken."""
    if not rights.pay:
        return NOTHING
    settings = pay_settings.of_company(services().store, link.company_id)
    if not settings.gateways:
        return NOTHING
    found = {
        currency: tuple(beginning.methods(link.company_id, settings, currency))
        for currency in (section.currency for section in statement.sections)
        if owes(statement, currency)
    }
    return Offers(settings, {currency: methods for currency, methods in found.items() if methods})


def owes(statement: Statement, currency: str) -> bool:
    """Whether something of a currency can be paid; a list of movements only knows its balance."""
    if statement.kind == "open":
        return any(not one.is_taken for one in choosing.payable(statement, currency))
    return any(s.currency == currency and s.closing > 0 for s in statement.sections)
