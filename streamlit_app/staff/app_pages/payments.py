"""Page "Pagos en línea": what gateways, we and the ledger say of each payment, and differences."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from cartera.online.reconciling import Compared, compare
from cartera.online.terms import STATES
from cartera.store import gateway_events, online_listing
from cartera.warehouse.ledger_payments import sums
from streamlit_app.staff import address, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import CLIENT, PAYMENTS, SETTINGS
from streamlit_app.staff.payment_query import DAYS, query_of
from streamlit_app.staff.sections import online_detail, online_words, payment_doubts
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.notice_words import documents_of

#: Payments compared for "only differences"; a longer period is to be narrowed.
MOST_COMPARED = 2_000


def draw(here: Here) -> None:
    """The payment that the address names, or the list."""
    if public_id := address.text(here.asked, "payment"):
        online_detail.draw(here, public_id)
        return
    payment_doubts.draw(here, "online")
    _list(here)
    _foreign(here)


def _list(here: Here) -> None:
    store, company = here.store, here.company.id
    asked = query_of(here.asked, here.company.timezone, here.today)
    only = address.one_of(here.asked, "only", ("", "differences"), "")
    cut = False
    if only:
        found = online_listing.listed(store, company, asked, limit=MOST_COMPARED + 1)
        cut = len(found) > MOST_COMPARED
        compared = [one for one in _compared(here, found[:MOST_COMPARED]) if one.differs]
        paging = Paging(PAYMENTS.path, here.asked, len(compared))
        start = (paging.number - 1) * listing.ROWS
        compared = compared[start : start + listing.ROWS]
    else:
        paging = Paging(PAYMENTS.path, here.asked, online_listing.count(store, company, asked))
        start = (paging.number - 1) * listing.ROWS
        compared = _compared(
            here, online_listing.listed(store, company, asked, limit=listing.ROWS, offset=start)
        )
    names = here.client_names([*(one.payment.client_id for one in compared), asked.client_id])
    kept = {name: here.asked.get(name) for name in ("from", "to", "state", "only", "client")}
    show(
        here,
        "payments",
        sums=_sums(here, asked),
        from_date=here.asked.get("from") or _default_from(here).isoformat(),
        to_date=here.asked.get("to", ""),
        state=here.asked.get("state", ""),
        states=[(state, here.t(online_words.STATE_WORDS[state])) for state in STATES],
        only=only,
        client=names.get(asked.client_id, asked.client_id),
        client_href=href(CLIENT.path, {"client": asked.client_id}),
        clear=PAYMENTS.path if any(kept.values()) else "",
        download=href("/download/payments.xlsx", kept),
        rows=[_row(here, one, names) for one in compared],
        count_text=here.t("1 payment")
        if paging.count == 1
        else here.t("{n} payments", n=paging.count),
        cut=MOST_COMPARED if cut else 0,
        settings=href(SETTINGS.path, {"section": "payments"})
        if here.person.may("settings")
        else "",
        paging=paging,
    )


def _default_from(here: Here) -> date:
    return here.today - timedelta(DAYS)


def _compared(here: Here, found: list[Any]) -> list[Compared]:
    return compare(here.store, here.reader, here.company.id, found, now=here.now)


def _sums(here: Here, asked: online_listing.Asked) -> list[dict[str, str]]:
    """How much in each currency and state, whatever page is shown."""
    rows = online_listing.moved(here.store, here.company.id, asked)
    if not rows:
        return []
    with here.reader.cursor() as cursor:
        found = sums(cursor, rows)
    order = {state: number for number, state in enumerate(STATES)}
    found.sort(key=lambda one: (one.currency, one.state != "approved", order[one.state]))
    return [
        {
            "state": here.t(online_words.STATE_WORDS[one.state]),
            "amount": here.money(one.amount, one.currency),
            "payments": here.t("1 payment")
            if one.payments == 1
            else here.t("{n} payments", n=one.payments),
            "back": here.t("{amount} went back", amount=here.money(one.refunded, one.currency))
            if one.refunded > 0
            else "",
            "href": href(PAYMENTS.path, here.asked, state=one.state, page=None),
        }
        for one in found
    ]


def _row(here: Here, one: Compared, names: Any) -> dict[str, Any]:
    payment = one.payment
    return {
        "reference": payment.reference,
        "href": href(PAYMENTS.path, here.asked, payment=payment.public_id, page=None),
        "at": here.moment(payment.created_at),
        "client": names.get(payment.client_id, payment.client_id),
        "client_href": href(CLIENT.path, {"client": payment.client_id}),
        "documents": documents_of(here, payment.numbers),
        "gateway": online_words.title_of(payment.gateway),
        "says": online_words.gateway_says(here, payment),
        "we": online_words.we_say(here, payment, one.own),
        "ledger": online_words.ledger_says(here, one),
        "notes": online_words.notes_of(here, one.notes),
    }


def _foreign(here: Here) -> None:
    """Signed notices that are about no payment of ours."""
    strange = gateway_events.strange(here.store, here.company.id)
    found = [one for one in strange if one.state == "foreign"]
    if not found:
        return
    show(
        here,
        "payment_events",
        title=here.t("Notices of gateways about no payment of ours"),
        text=here.t(
            "Their signature is good, so somebody has a payment there that did not begin on a"
            " client's page: one made by hand in the gateway's own panel, or another system's."
        ),
        rows=[
            {
                "at": here.moment(one.received_at),
                "what": f"{online_words.title_of(one.gateway)}: {one.kind}",
                "claims": online_words.claims_of(here, one),
                "name": one.reference or one.gateway_id,
                "state": "",
            }
            for one in found
        ],
    )
