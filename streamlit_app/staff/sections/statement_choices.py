"""What statement of a client: of which kind and day, and which of its lines. All of it is links
and forms to the same page with another address, so that every view can be kept and sent.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from cartera.filters import STATUSES, TYPES, Filters, select
from cartera.render.controls import STATUS_WORDS
from cartera.statement import KINDS, Statement
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CLIENT, LINKS, STATEMENT
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.view import View

KIND_WORDS = {"open": "Open items", "activity": "Activity", "forward": "Balance forward"}


def statement_choices(here: Here, view: View, statement: Statement) -> bool:
    """Client, kinds, days, filters and what can be done; whether it says how many are listed."""
    base, filters = view.query(), view.filters
    mine = {"client": view.client_id}
    chosen = filters.to_query()
    days = ("as_of", "from", "to")
    taken_away = chips(here, base, filters)
    selection = select(statement, filters).selection if taken_away else None
    undated = {name: value for name, value in base.items() if name not in days}
    show(
        here,
        "statement_choices",
        client=statement.client.name,
        record=href(CLIENT.path, mine),
        links_href=href(LINKS.path, mine),
        send=href(STATEMENT.path, here.asked, send="1") if here.person.may("mail") else "",
        create=href(STATEMENT.path, here.asked, create="1") if here.person.may("links") else "",
        kinds=[
            {
                "name": here.t(KIND_WORDS[kind]),
                "href": href(
                    STATEMENT.path,
                    {**mine, "as_of": base.get("as_of")},
                    kind=kind if kind != "open" else None,
                    **({"paid": base.get("paid"), **chosen} if kind == view.kind else {}),
                ),
                "on": kind == view.kind,
            }
            for kind in KINDS
        ],
        period=view.kind != "open",
        as_of=view.as_of.isoformat(),
        from_date=_iso(statement.from_date or view.from_date),
        to_date=_iso(statement.to_date or view.to_date),
        kept_for_days={**undated, **chosen},
        kept_for_filters={**base, **Filters(buckets=filters.buckets).to_query()},
        filters=filters,
        statuses=[(name, here.t(STATUS_WORDS[name])) for name in STATUSES],
        types=[(name, here.words.type(name)) for name in TYPES],
        chips=taken_away,
        counted=here.t(
            "Showing {listed} of {total} lines; the totals are those of the whole account.",
            listed=selection.listed,
            total=selection.total,
        )
        if selection
        else "",
        clear=href(STATEMENT.path, base),
        settled={
            "name": here.t("Show settled"),
            "on": view.settled,
            "href": href(STATEMENT.path, {**base, **chosen}, paid=None if view.settled else "1"),
        },
    )
    return selection is not None


def chips(here: Here, base: dict[str, str], filters: Filters) -> list[dict[str, Any]]:
    """One for each thing chosen, which takes it away again. Ranges and statuses are not among
    them: the statement shows those itself, on buttons that turn them off.
    """
    found: list[dict[str, Any]] = []

    def add(name: str, **without: Any) -> None:
        rest = replace(filters, **without)
        found.append({"name": name, "href": href(STATEMENT.path, {**base, **rest.to_query()})})

    if filters.number:
        add(here.t("Number {number}", number=filters.number), number="")
    for one in filters.types:
        add(here.words.type(one), types=tuple(x for x in filters.types if x != one))
    for title, first, last in (
        ("Created {between}", "issued_from", "issued_to"),
        ("Due {between}", "due_from", "due_to"),
        ("Days overdue: {between}", "days_from", "days_to"),
    ):
        start, end = getattr(filters, first), getattr(filters, last)
        if start is not None or end is not None:
            add(here.t(title, between=_between(here, start, end)), **{first: None, last: None})
    return found


def _between(here: Here, start: date | int | None, end: date | int | None) -> str:
    def text(value: date | int) -> str:
        return here.tr.day(value) if isinstance(value, date) else str(value)

    if start is None and end is not None:
        return here.t("until {end}", end=text(end))
    if end is None and start is not None:
        return here.t("from {start}", start=text(start))
    if start is None or end is None:
        return ""
    return here.t("from {start} to {end}", start=text(start), end=text(end))


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
