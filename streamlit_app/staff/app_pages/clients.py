"""Page "Clientes": all clients with what they owe; a row leads to the client's record."""

from __future__ import annotations

from typing import Any, get_args

from cartera.portfolio import ClientBalance, ClientSort, Only
from cartera.store import client_edits
from streamlit_app.staff import address, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging, Sorting
from streamlit_app.staff.pages import CLIENT, CLIENTS, STATEMENT
from streamlit_app.staff.sections import client_fields
from streamlit_app.staff.sections.currencies import currencies
from streamlit_app.staff.sections.html import show

#: What one looks for in these columns is the largest.
DOWNWARDS = ("total", "overdue", "days_overdue")


def draw(here: Here) -> None:
    """Filters, the list, pages."""
    client_fields.draw_new(here)
    asked = here.asked
    groups = here.reader.groups(here.company.id)
    known = currencies(here)
    text = address.text(asked, "text")
    only = address.one_of(asked, "only", get_args(Only), "all")
    group = address.one_of(asked, "group", groups, "")
    currency = address.one_of(asked, "currency", known, "")
    sort = Sorting.of(
        CLIENTS.path, asked, get_args(ClientSort), default="name", downwards=DOWNWARDS
    )
    found = here.reader.clients(
        here.company.id,
        as_of=here.today,
        text=text,
        only=only,
        currency=currency or None,
        group=group or None,
        sort=sort.by,  # type: ignore[arg-type]  # one of the options above
        descending=sort.descending,
        limit=listing.ROWS,
        offset=listing.offset(asked),
    )
    show(
        here,
        "clients",
        rows=[_row(here, row) for row in found.rows],
        new=href(CLIENTS.path, asked, new="1") if here.person.may("clients") else "",
        coming=[
            {"name": edit.fields["name"], "href": href(CLIENT.path, {"client": edit.client_id})}
            for edit in client_edits.not_yet_there(here.store, here.company.id)
        ],
        count_text=here.t("1 row") if found.count == 1 else here.t("{n} rows", n=found.count),
        text=text,
        only="" if only == "all" else only,
        group=group,
        groups=groups,
        currency=currency,
        currencies=known,
        filtered=bool(text or only != "all" or group or currency),
        sort=sort,
        paging=Paging(CLIENTS.path, asked, found.count),
    )


def _row(here: Here, row: ClientBalance) -> dict[str, Any]:
    currency = row.currency

    def amount(value: Any) -> str:
        return here.tr.money(value, currency) if currency and value else ""

    return {
        "name": row.name,
        "about": " · ".join(part for part in (row.tax_id, row.client_id) if part),
        "group": row.group,
        "currency": currency or "",
        "oldest": here.tr.day(row.oldest_due_date),
        "days": days_words(here, row.days_overdue),
        "is_overdue": bool(row.overdue),
        "overdue": amount(row.overdue),
        "unapplied": amount(row.unapplied),
        "total": here.tr.money(row.total, currency) if currency else "",
        "href": href(CLIENT.path, {"client": row.client_id}),
        "statement": href(STATEMENT.path, {"client": row.client_id}),
    }


def days_words(here: Here, days: int) -> str:
    """How late something is; empty where it is not."""
    if days <= 0:
        return ""
    return here.t("1 day") if days == 1 else here.t("{n} days", n=days)
