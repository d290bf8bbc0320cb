"""The documents behind a figure: whatever was pressed, here is what it is made of."""

from __future__ import annotations

from typing import Any, get_args

from cartera.aging import bucket_names
from cartera.config import Basis
from cartera.errors import NotFound
from cartera.portfolio import DocumentSort, OpenDocument
from streamlit_app.staff import address, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.app_pages.clients import days_words
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging, Sorting
from streamlit_app.staff.pages import CLIENT, CLIENTS, DOCUMENTS, PORTFOLIO, STATEMENT
from streamlit_app.staff.sections.currencies import currencies
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.nothing import nothing

DOWNWARDS = ("open", "days_overdue")


def draw(here: Here) -> None:
    """The list, with the count and the sum that the figure had."""
    asked = here.asked
    as_of = address.day(asked, "as_of") or here.today
    basis = address.one_of(asked, "basis", get_args(Basis), here.company.aging_basis)
    ranges = ["overdue", *bucket_names(basis, here.company.buckets), "unapplied"]
    bucket = address.one_of(asked, "range", ranges, "")
    currency = address.one_of(asked, "currency", [*currencies(here), asked.get("currency", "")], "")
    text, client_id = address.text(asked, "text"), address.text(asked, "client")
    client = ""
    if client_id:
        try:
            client = here.reader.client(here.company.id, client_id).name
        except NotFound:
            nothing(here, here.t("There is no such client"), CLIENTS)
            return
    sort = Sorting.of(
        DOCUMENTS.path, asked, get_args(DocumentSort), default="due_date", downwards=DOWNWARDS
    )
    found = here.reader.open_documents(
        here.company.id,
        as_of=as_of,
        basis=basis,
        currency=currency[:8] or None,
        bucket=bucket or None,
        client_id=client_id or None,
        text=text,
        sort=sort.by,  # type: ignore[arg-type]  # one of the options above
        descending=sort.descending,
        limit=listing.ROWS,
        offset=listing.offset(asked),
    )
    about = [here.t("As of {day}", day=here.tr.day(as_of)), here.words.basis(basis), client]
    show(
        here,
        "documents",
        back=href(PORTFOLIO.path, {"as_of": asked.get("as_of"), "basis": asked.get("basis")}),
        title=range_name(here, bucket) if bucket else here.t("Open documents"),
        about=" · ".join(part for part in (*about, currency) if part),
        totals=[here.money(amount, code) for code, amount in found.totals],
        count_text=here.t("1 document")
        if found.count == 1
        else here.t("{n} documents", n=found.count),
        text=text,
        range=bucket,
        ranges=[(name, range_name(here, name)) for name in ranges],
        filtered=bool(text or bucket or client_id or currency),
        clear=href(DOCUMENTS.path, {"as_of": asked.get("as_of"), "basis": asked.get("basis")}),
        rows=[_row(here, row, as_of.isoformat()) for row in found.rows],
        sort=sort,
        paging=Paging(DOCUMENTS.path, asked, found.count),
    )


def range_name(here: Here, name: str) -> str:
    """A range in words; `overdue` is all of them together."""
    return here.t("Overdue") if name == "overdue" else here.words.bucket(name)


def _row(here: Here, row: OpenDocument, as_of: str) -> dict[str, Any]:
    dated = as_of if as_of != here.today.isoformat() else None
    in_favour = row.bucket == "unapplied"
    return {
        "number": row.number,
        "type": here.words.type(row.type),
        "disputed": row.disputed,
        "purchase_order": here.words.purchase_order(row.purchase_order),
        "client": row.client,
        "client_href": href(CLIENT.path, {"client": row.client_id}),
        "href": href(
            STATEMENT.path, {"client": row.client_id, "number": row.number, "as_of": dated}
        ),
        "issued": here.tr.day(row.issue_date),
        "due": "" if in_favour else here.tr.day(row.due_date),
        "days": "" if in_favour else days_words(here, row.days_overdue),
        "total": here.money(row.total, row.currency),
        "open": here.money(row.open, row.currency),
    }
