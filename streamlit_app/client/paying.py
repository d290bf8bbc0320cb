"""`/pagar`: a client chooses what to pay, goes to the gateway, and comes back.

What is paid is fixed here, from the figures, whatever the form says; what becomes of it, the
gateway is asked. An address that the browser brings proves nothing.
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace

from limits import RateLimitItemPerHour
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cartera import clock
from cartera.gateways import registry
from cartera.gateways.base import MOVED, GatewayError
from cartera.mail.refusal import Refusal
from cartera.online import beginning, choosing, resolving
from cartera.online.beginning import Choice
from cartera.online.cards import can_go_on, named
from cartera.online.terms import OnlinePayment
from cartera.render.html import Choice as Way
from cartera.store import online_payments
from cartera.store.client_edits import amount as typed_amount
from cartera.store.links import Link
from cartera.store.online_payments import Taken
from streamlit_app.client import (
    access,
    account,
    forms,
    limits,
    pay_asking,
    pay_links,
    pay_notes,
    pay_offers,
    pay_page,
)
from streamlit_app.client.account import Asked
from streamlit_app.client.desk import Desk, Refuse
from streamlit_app.client.desk import at as desk_of
from streamlit_app.client.pay_links import BACK, END, GO, PAY, RESUME
from streamlit_app.client.pay_page import Typed
from streamlit_app.shared.services import services

#: For the gate: only with a live link's cookie.
PATHS = (PAY, GO, RESUME, END, BACK)
#: Forms that one link may send in an hour.
SENT = RateLimitItemPerHour(60)
WAIT_SECONDS = 3_600
#: Bytes of a form: the ids of some thousand documents.
LONGEST_FORM = 512 << 10
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_HINT = re.compile(r"[A-Za-z0-9._-]{1,100}")
_log = logging.getLogger(__name__)


class Paying:
    """The routes; `refuse` answers whoever may not."""

    def __init__(self, refuse: Refuse) -> None:
        self._refuse = refuse

    def routes(self) -> list[Route]:
        """Looking, and what changes something."""
        return [
            Route(PAY, self.form, methods=["GET"]),
            Route(PAY, self.send, methods=["POST"]),
            Route(GO, self.go, methods=["GET"]),
            Route(RESUME, self.resume, methods=["POST"]),
            Route(END, self.end, methods=["POST"]),
            Route(BACK, self.back, methods=["GET"]),
        ]

    def form(self, request: Request) -> Response:
        """What can be paid; the documents that the address names are ticked."""
        desk = self._desk(request)
        if isinstance(desk, Response):
            return desk
        asked = request.query_params
        return _form(desk, asked.get("currency", ""), chosen=tuple(asked.getlist("document")))

    async def send(self, request: Request) -> Response:
        """Begin a payment and lead on to the gateway, or say what is wrong."""
        desk = await run_in_threadpool(self._desk, request)
        if isinstance(desk, Response):
            return desk
        try:
            typed = _typed(await forms.plain(request, LONGEST_FORM))
        except (forms.TooLarge, forms.Broken):
            typed = Typed(documents=())
        return await run_in_threadpool(self._sent, request, desk, typed)

    def _sent(self, request: Request, desk: Desk, typed: Typed) -> Response:
        if not limits.take(SENT, "paying", desk.link.public_id):
            return _too_many(desk)
        currency = request.query_params.get("currency", "")
        store = services().store
        payment = online_payments.by_key(store, desk.link, typed.key)
        if payment is None:
            try:
                choice = _choice(typed, currency)
            except Refusal as refusal:
                is_of_amount = typed.what == "amount" or (
                    typed.amount and (typed.documents or not typed.what)
                )
                field = "amount" if is_of_amount else "documents"
                return _form(desk, currency, typed=typed, wrong={field: refusal})
            if (other := _other(desk, choice)) is not None:
                return _taken(desk, other)
            try:
                payment = _begun(desk, choice)
            except Taken as error:
                return _taken(desk, error.payment)
            except Refusal as refusal:
                return _form(desk, currency, typed=typed, wrong={"": refusal})
        return _onward(desk, payment)

    def go(self, request: Request) -> Response:
        """The page that leads on to the gateway."""
        found = self._mine(request)
        if isinstance(found, Response):
            return found
        desk, payment = found
        if not can_go_on(payment):
            return RedirectResponse(desk.back(paid=payment.public_id), 303)
        if not payment.url:
            return pay_notes.resume(desk, payment)
        try:
            gateway = registry.gateway(payment.company_id, payment.gateway)
        except GatewayError as error:  # its keys are gone
            _log.warning("payment %s: %s", payment.reference, error)
            return pay_notes.silent(desk)
        return pay_notes.going(desk, payment, gateway)

    def resume(self, request: Request) -> Response:
        """Get the gateway's address of a payment that has none."""
        found = self._mine(request)
        if isinstance(found, Response):
            return found
        desk, payment = found
        if not limits.take(SENT, "paying", desk.link.public_id):
            return _too_many(desk)
        return _onward(desk, payment)

    def end(self, request: Request) -> Response:
        """End a payment that nobody made, so that its documents can be paid anew."""
        found = self._mine(request)
        if isinstance(found, Response):
            return found
        desk, payment = found
        if not limits.take(SENT, "paying", desk.link.public_id):
            return _too_many(desk)
        try:
            is_over = payment.state == "closed" or resolving.close(
                services().store, payment, now=clock.now()
            )
        except GatewayError as error:
            _log.warning("payment %s: %s", payment.reference, error)
            return pay_notes.silent(desk)
        if not is_over:
            pay_asking.start(payment)
            return pay_notes.stays(desk)
        address = pay_links.pay(desk.link, currency=payment.currency, language=desk.asked.language)
        return RedirectResponse(address, 303)

    def back(self, request: Request) -> Response:
        """Ask the gateway, and show the account: it says what is known, whatever came along."""
        asked = request.query_params
        seen = access.look(services().store, request.cookies, asked.get("l", ""), clock.now())
        if seen.state != "live" or seen.link is None:
            return self._refuse(request, seen.state, seen)
        payment = online_payments.of_link(services().store, seen.link, asked.get("p", ""))
        if payment is not None and _is_unsure(payment):
            hint = asked.get("id", "")
            pay_asking.wait(payment, [hint] if _HINT.fullmatch(hint) else [])
        return RedirectResponse(_account(seen.link, asked.get("lang"), payment), 303)

    def _desk(self, request: Request) -> Desk | Response:
        desk = desk_of(request, self._refuse)
        if isinstance(desk, Desk) and not desk.rights.pay:
            return self._refuse(request, "barred", desk.access)
        return desk

    def _mine(self, request: Request) -> tuple[Desk, OnlinePayment] | Response:
        """The payment that the address names, if it is this client's; else the answer."""
        desk = self._desk(request)
        if isinstance(desk, Response):
            return desk
        public_id = request.query_params.get("p", "")
        payment = online_payments.of_link(services().store, desk.link, public_id)
        if payment is None:
            return self._refuse(request, "missing", access.UNKNOWN)
        return desk, payment


def _form(
    desk: Desk,
    asked: str,
    *,
    typed: Typed | None = None,
    chosen: tuple[str, ...] = (),
    wrong: dict[str, Refusal] | None = None,
) -> Response:
    """The form, in the currency that was asked for where that can be paid."""
    offers = pay_offers.of(desk.link, desk.rights, desk.statement)
    currency = asked if asked in offers.methods else next(iter(offers.methods), "")
    if typed is not None and not _KEY.fullmatch(typed.key):
        typed = replace(typed, key="")
    language = desk.asked.language

    def way(one: str) -> Way:
        address = pay_links.pay(desk.link, currency=one, language=language)
        return Way(one, address, one == currency)

    link, found = desk.link, services()
    return pay_page.answer(
        desk,
        currency,
        choosing.payable(desk.statement, currency),
        offers.methods.get(currency, ()),
        offers.settings,
        currencies=tuple(way(one) for one in offers.methods),
        action=pay_links.pay(desk.link, currency=currency, language=language),
        favour=beginning.in_favour(found.store, found.reader, link, desk.statement, currency),
        under_way=online_payments.taken(found.store, link.company_id, link.client_id),
        typed=typed,
        chosen=chosen,
        wrong=wrong,
        status=400 if wrong else 200,
    )


def _typed(fields: list[tuple[str, str]]) -> Typed:
    texts = dict(fields)
    documents = tuple(dict.fromkeys(value for name, value in fields if name == "document"))
    return Typed(
        key=texts.get("key", ""),
        gateway=texts.get("gateway", ""),
        amount=texts.get("amount", "").strip()[:100],
        documents=documents,
        what=next((what for what in pay_page.WHATS if what == texts.get("what")), ""),
        gross=texts.get("gross") == "1",
    )


def _choice(typed: Typed, currency: str) -> Choice:
    """What is to be paid. Raises `Refusal`: nothing ticked and no amount is nothing, never all."""
    whole = Choice(typed.key, typed.gateway, currency, gross=typed.gross)
    if typed.what in ("all", "overdue"):
        return replace(whole, overdue=typed.what == "overdue")
    # An amount goes over all documents; what was ticked before that was chosen says nothing.
    documents = () if typed.what == "amount" else typed.documents or ()
    if typed.what == "amount" and not typed.amount:
        raise Refusal("write how much you pay")
    if not documents and (typed.what == "chosen" or not typed.amount):
        raise Refusal("choose at least one document")
    amount = typed_amount(typed.amount) if typed.amount else None
    return replace(whole, documents=documents, amount=amount)


def _begun(desk: Desk, choice: Choice) -> OnlinePayment:
    found = services()
    return beginning.begin(
        found.store,
        found.reader,
        desk.link,
        choice,
        as_of=clock.today(desk.company.timezone),
        language=desk.translator.language,
        now=clock.now(),
    )


def _onward(desk: Desk, payment: OnlinePayment) -> Response:
    """To the page that leads to the gateway; to the account where there is nothing to pay."""
    store = services().store
    if can_go_on(payment):
        try:
            beginning.checkout(
                store,
                desk.company,
                payment,
                return_url=_return_url(desk, payment),
                description=f"{desk.company.name}: {named(payment)}",
                now=clock.now(),
            )
        except GatewayError as error:
            _log.warning("payment %s: %s", payment.reference, error)
            return pay_notes.silent(desk)
        payment = online_payments.get(store, payment.company_id, payment.public_id)
        if payment.state == "error":  # the same form, sent twice at once, and one got no answer
            return pay_notes.silent(desk)
    if not can_go_on(payment):
        return RedirectResponse(desk.back(paid=payment.public_id), 303)
    address = pay_links.of_payment(GO, desk.link, payment.public_id, language=desk.asked.language)
    return RedirectResponse(address, 303)


def _return_url(desk: Desk, payment: OnlinePayment) -> str:
    path = pay_links.of_payment(BACK, desk.link, payment.public_id, language=desk.asked.language)
    return f"{services().settings.client_url.rstrip('/')}{path}"


def _other(desk: Desk, choice: Choice) -> OnlinePayment | None:
    """The payment under way that has one of these documents already."""
    link, store = desk.link, services().store
    under_way = online_payments.taken(store, link.company_id, link.client_id)
    for document_id in choice.documents:
        if document_id in under_way:
            return online_payments.of_link(store, link, under_way[document_id])
    return None


def _taken(desk: Desk, payment: OnlinePayment) -> Response:
    try:
        can_end = registry.gateway(payment.company_id, payment.gateway).can_close
    except GatewayError:
        can_end = False
    return pay_notes.taken(desk, payment, can_end=can_end)


def _too_many(desk: Desk) -> Response:
    tr = desk.translator
    said = tr.t("Wait an hour and try again, or write to us.")
    return limits.page(desk.company, tr, said, WAIT_SECONDS)


def _is_unsure(payment: OnlinePayment) -> bool:
    """Whether the gateway may say something new of it."""
    return payment.said not in MOVED and payment.state in ("pending", "expired", "closed")


def _account(link: Link, language: str | None, payment: OnlinePayment | None) -> str:
    asked = Asked.of({"lang": language} if language else {})
    more = {"paid": payment.public_id} if payment is not None else {}
    return account.address(link, asked, **more)
