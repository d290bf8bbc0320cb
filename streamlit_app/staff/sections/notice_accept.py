"""Accepting a reported payment, whole or in part: how much, of what day, and what it pays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial

import streamlit as st

from cartera.money import ZERO
from cartera.notices import decisions
from cartera.notices.owed import owed, spread
from cartera.notices.terms import LONGEST_TEXT, Notice
from cartera.portfolio import OpenDocument
from cartera.store.client_edits import amount as typed_amount
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections import notice_acts
from streamlit_app.staff.sections.said import do

#: Fields that a form has; what the client named comes first.
MOST_SHOWN = 40


def draw(here: Here, notice: Notice, client: str) -> None:
    """The form, with what the client said filled in."""
    documents = _documents(here, notice)
    named = {document.document_id for document in notice.documents}
    gone = [
        d.number
        for d in notice.documents
        if d.document_id not in {o.document_id for o in documents}
    ]
    shown = documents[:MOST_SHOWN]
    start = spread(notice, shown, notice.amount or ZERO)
    if gone:
        st.warning(
            here.t("Not open any more: {documents}", documents=plain(", ".join(gone))),
            icon=":material/info:",
        )
    key = f"accept_{notice.public_id}"
    with st.form(key):
        left, right = st.columns(2)
        amount = left.text_input(
            here.t("Amount received in {currency}", currency=notice.currency),
            here.tr.money(notice.amount or ZERO, notice.currency),
            key=f"{key}_amount", autocomplete="off", max_chars=40,
        )  # fmt: skip
        day = right.date_input(
            here.t("Day of the payment"), notice.day, max_value=here.today, format="DD/MM/YYYY",
            key=f"{key}_day",
        )  # fmt: skip
        st.markdown(f"**{here.t('What it pays')}**")
        if not shown:
            st.caption(here.t("{client} has nothing open in this currency.", client=plain(client)))
        written: dict[str, str] = {}
        for one in shown:
            written[one.document_id] = st.text_input(
                _label(here, one, one.document_id in named),
                here.tr.money(start[one.document_id], one.currency)
                if start.get(one.document_id)
                else "",
                key=f"{key}_{one.document_id}", autocomplete="off", max_chars=40,
            )  # fmt: skip
        st.caption(here.t("What no document gets stays as money in the client's favour."))
        text = st.text_area(
            here.t("Message to the client (optional)"), max_chars=LONGEST_TEXT, height=80,
            key=f"{key}_text",
        )  # fmt: skip
        pressed = st.form_submit_button(here.t("Accept the payment"), type="primary")
    if not pressed or not isinstance(day, date):
        return
    do(
        here,
        lambda: _read(here, notice, amount, written, start),
        lambda found: notice_acts.guarded(
            here,
            partial(
                decisions.accept, here.store, here.company, notice.public_id,
                amount=found[0], day=day, allocations=found[1],
                open_documents={one.document_id: one.open for one in documents},
                text=text, by=here.person, now=here.now,
            ),
            "The payment is accepted; the client is told.",
        ),
    )  # fmt: skip


def _documents(here: Here, notice: Notice) -> list[OpenDocument]:
    try:
        return owed(here.reader, notice, as_of=here.today)
    except NothingPublished:
        return []


def _label(here: Here, one: OpenDocument, is_named: bool) -> str:
    parts = [
        f"{here.words.type(one.type)} {one.number}",
        here.t("due {day}", day=here.tr.day(one.due_date)),
        here.t("open: {amount}", amount=here.tr.money(one.open, one.currency)),
    ]
    label = plain(" · ".join(parts))
    return f"**{label}**" if is_named else label


def _read(
    here: Here,
    notice: Notice,
    amount: str,
    written: Mapping[str, str],
    start: Mapping[str, Decimal],
) -> tuple[Decimal, list[tuple[str, Decimal]]]:
    """The amounts as typed; raises `Refusal`. What was left as it stood is what it stood for."""

    def value(text: str, before: Decimal) -> Decimal:
        as_it_was = here.tr.money(before, notice.currency)
        return before if text.strip() == as_it_was else typed_amount(text)

    total = value(amount, notice.amount or ZERO)
    parts = [
        (document_id, value(text, start.get(document_id, ZERO)))
        for document_id, text in written.items()
        if text.strip()
    ]
    return total, [(document_id, part) for document_id, part in parts if part]
