"""A client's record: what they owe, how to reach them, their last payments and their links."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cartera.aging import AgingRow
from cartera.errors import NotFound
from cartera.portfolio import ClientRecord
from cartera.store import links
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff import address, language
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CLIENT, CLIENTS, DOCUMENTS, LINKS, STATEMENT
from streamlit_app.staff.sections import (
    client_contacts,
    client_fields,
    client_notices,
    client_reminders,
    client_rights,
    link_actions,
    pause_dialogs,
    send_window,
)
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.link_rows import opened, state_of
from streamlit_app.staff.sections.nothing import nothing

LINKS_SHOWN = 5


def draw(here: Here) -> None:
    """The record of the client that the address names."""
    client_id = address.text(here.asked, "client")
    try:
        record = client_fields.record_of(here, client_id)
    except NotFound:
        nothing(here, here.t("There is no such client"), CLIENTS)
        return
    client_fields.draw_edit(here, record)
    client_contacts.draw(here, record)
    link_actions.draw(here)
    send_window.draw(here)
    pause_dialogs.draw(here, record.client_id)
    client_rights.draw(here, record)
    link_actions.show_fresh(here, client_id)
    rows = _balances(here, client_id)
    mine = {"client": client_id}
    show(
        here,
        "client",
        record=record,
        about=" · ".join(part for part in (record.tax_id, record.client_id) if part),
        statement=href(STATEMENT.path, mine),
        documents=href(DOCUMENTS.path, mine),
        links_href=href(LINKS.path, mine),
        create=href(CLIENT.path, mine, create="1"),
        send=href(CLIENT.path, mine, send="1") if here.person.may("mail") else "",
        may_links=here.person.may("links"),
        edit=href(CLIENT.path, mine, edit="1") if here.person.may("clients") else "",
        contacts=client_contacts.rows(here, record),
        more_contacts=client_contacts.links(here, record),
        balances=[_balance(here, row, record) for row in rows],
        reminders=client_reminders.of(here, record.client_id),
        notices=client_notices.of(here, record.client_id),
        rights=client_rights.of(here, record.client_id),
        limit_text=_limit(here, record.credit_limit),
        credit_limit=""
        if record.credit_limit is None
        else here.money(record.credit_limit, here.company.currency),
        language=language.NAMES.get(record.language, record.language or "—"),
        first_document=here.tr.day(record.first_document),
        last_document=here.tr.day(record.last_document),
        payments=[
            {
                "day": here.tr.day(payment.date),
                "number": payment.number,
                "amount": here.money(payment.amount, payment.currency),
            }
            for payment in record.last_payments
        ],
        links=[
            {"contact": link.contact or link.public_id, "opened": opened(here, link)}
            | state_of(here, link)
            for link in links.list_links(
                here.store, here.company.id, client_id, limit=LINKS_SHOWN, now=here.now
            )
        ],
    )


def _balances(here: Here, client_id: str) -> tuple[AgingRow, ...]:
    """What is open; nothing where no figures were ever published."""
    try:
        return here.reader.aging(here.company.id, as_of=here.today, client_id=client_id).rows
    except NothingPublished:
        return ()


def _balance(here: Here, row: AgingRow, record: ClientRecord) -> dict[str, Any]:
    currency = row.currency
    where = {"client": row.client_id, "currency": currency}
    ranges = [
        {
            "name": here.words.bucket(name),
            "amount": here.tr.money(amount, currency),
            "href": href(DOCUMENTS.path, where, range=name),
            "tone": tone(name, amount),
        }
        for name, amount in {**row.buckets, "unapplied": row.unapplied}.items()
    ]
    limit = record.credit_limit if currency == here.company.currency else None
    return {
        "currency": currency,
        "total": here.money(row.total, currency),
        "overdue": here.t("{amount} overdue", amount=here.money(row.overdue, currency))
        if row.overdue
        else "",
        "ranges": ranges,
        "limit": _use(here, row.total, limit),
        "used": _used(row.total, limit),
    }


def tone(bucket: str, amount: Decimal) -> str:
    """How a range looks: late in red, money in favour in green, nothing in grey."""
    if not amount:
        return ""
    if bucket == "unapplied":
        return "credit"
    return "" if bucket in ("current", "0-30") else "late"


def _limit(here: Here, limit: Decimal | None) -> str:
    if limit is None:
        return ""
    return here.t("Credit limit {amount}", amount=here.money(limit, here.company.currency))


def _use(here: Here, total: Decimal, limit: Decimal | None) -> str:
    words = _limit(here, limit)
    return f"{words} · {here.t('{n} % in use', n=_used(total, limit))}" if words else ""


def _used(total: Decimal, limit: Decimal | None) -> int:
    """Share of the limit in use, in percent; a picture, not a figure."""
    if not limit:
        return 0
    return max(0, min(999, int(total * 100 / limit)))
