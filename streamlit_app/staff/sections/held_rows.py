"""Rows of files that wait for a person's yes: both sides, and two buttons for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

import streamlit as st

from cartera.contract import Reason
from cartera.render.words import KINDS, TYPES
from cartera.store import held_decisions
from cartera.store.held_decisions import Choice
from cartera.warehouse import held_rows
from cartera.warehouse.held_rows import Held
from cartera.warehouse.held_words import COLUMNS, VALUES, said_reasons, value_text
from streamlit_app.staff import listing
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import CLIENT, DATA
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.said import do, done

#: On a page: each is a table of its own.
ROWS = 20
CHOICES: dict[Choice, tuple[str, str]] = {
    "take": ("Take the new one", "The new one comes in; the figures follow in a moment."),
    "keep": ("Keep the old one", "What was in the books stays."),
}
WHOLE_FILE: dict[Choice, str] = {
    "take": "Take all {n} new ones",
    "keep": "Keep all {n} old ones",
}
WHY = {
    "key_reused": "This number is in the books already, of another client, another day and another"
    " amount. Until you say which one it is, the one in the books counts.",
    "closed_day": "The books are closed until {day}, and this row would change figures of that"
    " time. Until you let it in, what is in the books counts.",
    "goes_with_held": "It goes with a row that waits.",
    "names_reused": "It names a number that two rows have, and nothing shows which one it means."
    " Taken, it counts for the one in the books.",
}
TABLES = {
    "clients": "Client",
    "documents": "Document",
    "instalments": "Instalment",
    "payments": "Payment",
    "allocations": "Allocation",
}
#: Where nothing was in the books: what every row has, and what says nothing of it.
_USUAL = {"issued", "received", "posted", "active", "in", "false", None}


def draw(here: Here, file: str) -> None:
    """Rows that wait, those of a file or all; a file's at once, too."""
    company, store = here.company.id, here.store
    with here.reader.cursor() as cursor:
        cursor.execute("BEGIN")
        found = held_rows.listed(
            cursor, store, company, file=file or None, leads_only=True,
            limit=ROWS, offset=listing.offset(here.asked, ROWS),
        )  # fmt: skip
        with_them = held_rows.followers(cursor, company, [one.held_id for one in found])
        count = held_rows.count(cursor, store, company, file=file or None)
        files = held_rows.files(cursor, store, company)
    may = here.person.may("upload")
    for name, n in files if may else []:
        if n > 1 and file in ("", name):
            _whole_file(here, name, n)
    clients = here.client_names(
        client for one in found for client in (_client(one.known), _client(one.record)) if client
    )
    for one in found:
        with st.container(border=True):
            show(here, "held", **_both(here, one, with_them.get(one.held_id, []), clients))
            if may:
                _buttons(here, one)
    show(here, "pager", paging=Paging(DATA.path, here.asked, count, ROWS))


def count(here: Here, file: str) -> int:
    """How many rows wait."""
    with here.reader.cursor() as cursor:
        return held_rows.count(cursor, here.store, here.company.id, file=file or None)


def _client(row: Mapping[str, str | None] | None) -> str:
    return (row or {}).get("client_id") or ""


def _both(
    here: Here, one: Held, with_it: Sequence[Held], clients: Mapping[str, str]
) -> dict[str, object]:
    return {
        "key": one.key,
        "table": here.t(TABLES[one.table]),
        "file": one.file,
        "row": one.row,
        "at": here.moment(one.held_at),
        "reasons": [_why(here, reason) for reason in said_reasons(one)],
        "is_new": one.known is None,
        "lines": [
            {
                "name": here.t(COLUMNS[name]) if name in COLUMNS else name,
                "money": name in ("total", "amount"),
                "old": _cell(here, name, one.known, clients),
                "new": _cell(here, name, one.record, clients),
            }
            for name in one.changes
            if one.known is not None or one.record.get(name) not in _USUAL
        ],
        "with_it": [f"{here.t(TABLES[each.table])} {each.key}" for each in with_it],
    }


def _why(here: Here, reason: Reason) -> str:
    day = here.tr.day(date.fromisoformat(reason.value)) if reason.value else ""
    return here.t(WHY[reason.code], day=day)


def _cell(
    here: Here, name: str, row: Mapping[str, str | None] | None, clients: Mapping[str, str]
) -> dict[str, str]:
    if row is None:
        return {"text": "—", "href": ""}
    if name == "client_id" and (client := row.get(name)):
        there = href(CLIENT.path, {"client": client}) if client in clients else ""
        return {"text": clients.get(client, client), "href": there}
    value = row.get(name)
    word = TYPES.get(value or "") if name == "type" else KINDS.get(value or "")
    if name in ("type", "kind") and word:
        return {"text": here.t(word), "href": ""}
    if name in ("status", "direction", "disputed") and value in VALUES:
        return {"text": here.t(VALUES[value]), "href": ""}
    return {"text": value_text(name, value, row, here.tr) or "—", "href": ""}


def _buttons(here: Here, one: Held) -> None:
    with st.container(horizontal=True):
        for choice, (words, said) in CHOICES.items():
            if st.button(here.t(words), key=f"{choice}_{one.held_id}"):
                _decide(here, [one], choice, said)


def _whole_file(here: Here, file: str, n: int) -> None:
    """Both buttons for all of a file; taking asks once more: it changes many figures."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        show(
            here, "held_file", file=file, n=n, href=href(DATA.path, {"show": "held", "file": file})
        )
        for choice, words in WHOLE_FILE.items():
            with st.popover(here.t(words, n=n)):
                st.write(here.t("All of them at once; single ones can be decided below before."))
                if st.button(here.t("Do it"), key=f"{choice}_all_{file}", type="primary"):
                    with here.reader.cursor() as cursor:
                        rows = held_rows.listed(
                            cursor, here.store, here.company.id, file=file, leads_only=True
                        )
                    _decide(here, rows, choice, CHOICES[choice][1])


def _decide(here: Here, rows: Sequence[Held], choice: Choice, said: str) -> None:
    do(
        here,
        partial(
            held_decisions.decide, here.store, here.company.id, rows, choice,
            by=here.person, now=here.now,
        ),
        partial(_said, said),
    )  # fmt: skip


def _said(sentence: str, _made: int) -> None:
    done(sentence)
