"""Page "Cifras que cambiaron": the accounts that a new version of the program changed, before and
after, and what each client was last told. Once somebody has seen them, mail goes again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cartera.store import figure_changes
from cartera.store.figure_changes import AccountChange, FigureChanges, LastMessage
from streamlit_app.staff import address, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.app_pages.data import number
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import CHANGES, CLIENT, DATA, MAILINGS
from streamlit_app.staff.sections.changed_figures import sentence
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.message_words import kind_of, who
from streamlit_app.staff.sections.nothing import nothing
from streamlit_app.staff.sections.said import do, done


def draw(here: Here) -> None:
    """One list: the one that the address names, else the newest that nobody has seen."""
    lists = figure_changes.shown(here.store, here.company.id)
    if not lists:
        nothing(here, here.t("No new version changed the figures of an account"), DATA)
        return
    one = chosen(here.asked, lists)
    counts = figure_changes.counts(here.store, one)
    days = [day.isoformat() for day, count in counts.items() if count] or [""]
    day = address.one_of(here.asked, "day", days, days[0])
    as_of = address.day({"day": day}, "day")
    found = figure_changes.accounts(
        here.store, one, as_of=as_of, limit=listing.ROWS, offset=listing.offset(here.asked)
    )
    show(
        here,
        "changes_head",
        title=sentence(here, one),
        about=about(here, one),
        notes=_notes(here, one),
        seen=_seen(here, one),
        download=href("/download/changes.csv", {"list": one.id}) if one.accounts else "",
        others=[
            {
                "name": here.moment(other.found_at),
                "href": href(CHANGES.path, {"list": other.id}),
                "on": other.id == one.id,
            }
            for other in lists
            if len(lists) > 1
        ],
    )
    if one.seen_at is None:
        _button(here, one)
    names = here.client_names(row.client_id for row in found)
    told = figure_changes.last_messages(
        here.store, here.company.id, {row.client_id for row in found}, before=one.found_at
    )
    show(
        here,
        "changes",
        tabs=[
            {
                "name": here.t("As of {day}", day=here.tr.day(each)),
                "n": number(here, count),
                "href": href(CHANGES.path, here.asked, day=each.isoformat(), page=None),
                "on": each == as_of,
            }
            for each, count in counts.items()
        ]
        if one.accounts
        else [],
        rows=[_row(here, row, names, told.get(row.client_id)) for row in found],
        paging=Paging(CHANGES.path, here.asked, counts.get(as_of, 0) if as_of else 0),
    )


def chosen(asked: Mapping[str, str], lists: list[FigureChanges]) -> FigureChanges:
    """The list that an address names, or the newest."""
    return next((one for one in lists if str(one.id) == asked.get("list")), lists[0])


def about(here: Here, one: FigureChanges) -> str:
    """Which version it was, and when."""
    return here.t("Version {name}, {day}", name=one.program, day=here.moment(one.found_at))


def figure_name(here: Here, name: str) -> str:
    """A figure in words: the balance, what is overdue, a range."""
    words = {"total": "Balance", "overdue": "Overdue"}
    return here.t(words[name]) if name in words else here.words.bucket(name)


def _notes(here: Here, one: FigureChanges) -> list[str]:
    notes = []
    if one.trouble:
        notes.append(
            here.t("So no account can be listed. Compare some statements with what was sent.")
        )
        notes.append(one.trouble)
    if one.has_new_rows:
        notes.append(here.t("Rows were loaded at the same time: a difference may be theirs."))
    return notes


def _seen(here: Here, one: FigureChanges) -> str:
    if one.seen_at is None:
        return ""
    return here.t(
        "Seen by {who}, {day}", who=who(here, one.seen_by or ""), day=here.moment(one.seen_at)
    )


def _button(here: Here, one: FigureChanges) -> None:
    """Saying that they are seen; of the list that is drawn, and of no other."""
    if not here.person.may("settings"):
        st.info(here.t("An administrator says that they are seen."), icon=":material/visibility:")
        return
    title = here.t("I have seen them: mail may go again")
    if st.button(title, type="primary", icon=":material/visibility:", key=f"seen_{one.id}"):
        do(
            here,
            lambda: figure_changes.mark_seen(
                here.store, here.company.id, [one.id], by=here.person, now=here.now
            ),
            lambda _: done("The changed figures are seen; mail goes again."),
        )


def _row(
    here: Here, row: AccountChange, names: Mapping[str, str], last: LastMessage | None
) -> dict[str, Any]:
    return {
        "client": names.get(row.client_id, row.client_id),
        "href": href(CLIENT.path, {"client": row.client_id}),
        "currency": row.currency,
        "figures": [
            {
                "name": figure_name(here, name),
                "before": here.money(figure.before, row.currency),
                "after": here.money(figure.after, row.currency),
                "difference": ("+" if figure.difference > 0 else "")
                + here.money(figure.difference, row.currency),
            }
            for name, figure in row.changed.items()
        ],
        "last": {
            "kind": kind_of(here, last.kind),
            "subject": last.subject,
            "at": here.moment(last.sent_at),
            "href": href(MAILINGS.path, {"message": last.public_id}),
        }
        if last
        else None,
    }
