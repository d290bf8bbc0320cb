"""Page "Datos": what was loaded when, what was refused and why, what a person has to decide, what
waits, what is odd.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal

from cartera.invoice_files import ENDING as PDF
from cartera.refused_files import refused_files
from cartera.sources import note_words as notes
from cartera.sources.formats import ENDINGS, FORMAT_NAMES
from cartera.sources.reasons import sentence
from cartera.store import figure_changes, publications
from cartera.warehouse import health, warning_words
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff import address, figures, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import CHANGES, CLIENT, DATA
from streamlit_app.staff.sections import held_rows
from streamlit_app.staff.sections.html import show

LOADS = 30
PENDING = 20
#: Files that could not be read: so many, of so many days.
UNREAD = 20
UNREAD_SHOWN = timedelta(days=60)
#: What the browser's dialog offers: tables, and invoices' own files.
ACCEPTED = ",".join((*ENDINGS, PDF))
TABLES = {
    "clients": "Clients",
    "documents": "Documents",
    "instalments": "Instalments",
    "payments": "Payments",
    "allocations": "Allocations",
}
WAITS = {
    "client_id": "client {id}",
    "document_id": "document {id}",
    "source_id": "payment or credit note {id}",
    "target_payment_id": "payment {id}",
}
WHY = {
    "waiting_for_client": "The client is not loaded yet.",
    "waiting_for_target": "What it settles is not loaded yet.",
    "waiting_for_source": "The payment or credit note it comes from is not loaded yet.",
    "source_amount_missing": "Its source has another currency: the amount in that one is missing.",
    "too_many_decimals": "Its amount has more decimals than the currency it is about.",
}
NOTHING = {
    "loads": "Nothing has been loaded yet.",
    "refused": "No row was refused.",
    "held": "No row waits for your decision.",
    "waiting": "No row waits for another.",
    "warnings": "There are no warnings.",
}


def draw(here: Here) -> None:
    """Freshness and counts, upload, and one list at a time."""
    asked = here.asked
    shown = address.one_of(asked, "show", tuple(NOTHING), "loads")
    text, file = address.text(asked, "text"), address.text(asked, "file")
    try:
        tables = figures.loaded(here.company.id)
        noticed = {**figures.noticed(here.company.id), "held": held_rows.count(here, "")}
        rows, files, count = _rows(here, shown, text, file)
    except NothingPublished:
        tables, noticed = dict.fromkeys(TABLES, 0), {}
        rows, files, count = [], [], 0
    show(
        here,
        "data",
        freshness=_freshness(here),
        changes=CHANGES.path if figure_changes.shown(here.store, here.company.id) else "",
        figures=[
            {"name": here.t(TABLES[name]), "n": number(here, n), "tone": ""}
            for name, n in tables.items()
        ],
        may_upload=here.person.may("upload"),
        formats=FORMAT_NAMES,
        accepted=ACCEPTED,
        pending=_pending(here),
        unread=_unread(here) if shown == "loads" else [],
        tabs=_tabs(here, shown, noticed),
        show=shown,
        rows=rows,
        files=files,
        file=file,
        text=text,
        nothing=here.t(_nothing(shown, searched=bool(text or file))),
        paging=Paging(DATA.path, asked, count),
    )
    if shown == "held" and rows:
        held_rows.draw(here, file)


def _rows(
    here: Here, shown: str, text: str, file: str
) -> tuple[list[dict[str, Any]], list[tuple[str, int]], int]:
    """Rows of the list shown, the files that a filter may name, and how many rows there are."""
    company = here.company.id
    page = {"limit": listing.ROWS, "offset": listing.offset(here.asked)}
    if shown == "held":
        waiting_for_us = held_rows.count(here, file)
        return [{}] * min(waiting_for_us, 1), [], 0
    if shown == "warnings":
        odd, count = figures.warned(company, **page)
        return [_warning(here, row) for row in odd], [], count
    with here.reader.cursor() as cursor:
        cursor.execute("BEGIN")
        if shown == "refused":
            count = health.refused_count(cursor, company, file=file or None, text=text)
            refused = health.refused(cursor, company, file=file or None, text=text, **page)
            files = list(health.refused_files(cursor, company))
            return [_refused(here, row) for row in refused], files, count
        if shown == "waiting":
            waiting = health.waiting(cursor, company, **page)
            return [_waiting(here, row) for row in waiting], [], figures.noticed(company)[shown]
        loads = health.last_loads(cursor, company, LOADS)
        return [_load(here, load) for load in loads], [], len(loads)


def _nothing(shown: str, *, searched: bool) -> str:
    return "No refused row fits." if searched and shown == "refused" else NOTHING[shown]


def number(here: Here, n: int) -> str:
    """A count with its thousands apart."""
    return format_decimal(n, locale=here.tr.locale)


def _freshness(here: Here) -> str:
    newest = publications.current(here.store)
    if newest is None:
        return here.t("No data has been loaded yet.")
    return here.t("The figures are of {day}.", day=here.moment(newest.published_at))


def _tabs(here: Here, shown: str, numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    names = {
        "loads": "Last loads",
        "refused": "Refused rows",
        "held": "Rows to decide",
        "waiting": "Waiting rows",
        "warnings": "Warnings",
    }
    return [
        {
            "name": here.t(name),
            "n": number(here, numbers[key]) if numbers.get(key) else "",
            "href": href(DATA.path, {"show": key if key != "loads" else None}),
            "on": key == shown,
        }
        for key, name in names.items()
    ]


def _pending(here: Here) -> list[str]:
    """Files of this company in the inbox that no load has taken yet."""
    if not here.person.may("upload"):
        return []
    folder: Path = here.settings.inbox
    if here.company.id != here.settings.default_company:
        folder = folder / here.company.id
    if not folder.is_dir():
        return []
    found = sorted(
        path.name
        for path in folder.iterdir()
        if not path.name.startswith((".", "~")) and path.is_file() and not path.is_symlink()
    )
    return found[:PENDING]


def _unread(here: Here) -> list[dict[str, str]]:
    """Files that were refused whole, until one of that name is loaded."""
    company = here.company.id
    found = refused_files(here.settings, company, since=here.now - UNREAD_SHOWN, limit=UNREAD)
    if not found:
        return []
    try:
        with here.reader.cursor() as cursor:
            loaded = health.last_loaded(cursor, company, [one.name for one in found])
    except NothingPublished:
        loaded = {}
    return [
        {
            "file": one.name,
            "at": here.moment(one.at),
            "why": one.reason.removeprefix(f"{one.name}: "),
        }
        for one in found
        if one.name not in loaded or loaded[one.name] < one.at
    ]


def _load(here: Here, load: dict[str, Any]) -> dict[str, Any]:
    counts = {
        name: number(here, load[name] or 0)
        for name in ("rows", "loaded", "unchanged", "rejected", "held")
    }
    there = href(DATA.path, {"show": "refused", "file": load["file"]})
    held = href(DATA.path, {"show": "held", "file": load["file"]})
    return counts | {
        "held_href": held if load["held"] else "",
        "file": load["file"],
        "at": here.moment(load["loaded_at"]),
        "refused_href": there if load["rejected"] else "",
        "notes": [notes.sentence(note, here.tr.language) for note in load["notes"]],
    }


def _refused(here: Here, row: health.Refused) -> dict[str, Any]:
    return {
        "file": row.file,
        "row": row.row,
        "table": here.t(TABLES.get(row.table, row.table)),
        "at": here.moment(row.rejected_at),
        "reasons": [sentence(reason, here.tr.language) for reason in row.reasons],
        "record": row.record,
    }


def _waiting(here: Here, row: health.Waiting) -> dict[str, Any]:
    about = WAITS.get(row.waits_for, "{id}")
    return {
        "id": row.record_id,
        "table": here.t(TABLES.get(row.table, row.table)),
        "waits_for": here.t(about, id=row.waits_for_id or "—"),
        "reason": here.t(WHY.get(row.reason, row.reason)),
    }


def _warning(here: Here, row: dict[str, Any]) -> dict[str, Any]:
    client, code = row["client_id"], row["warning"]
    number_shown = row["number"] or row["item_id"]
    if code == "same_under_two_keys":  # nothing but their ids tells them apart
        number_shown = f"{number_shown} ({row['item_id']})"
    return {
        "what": warning_words.sentence(code, here.tr),
        "number": number_shown,
        "client": client,
        "href": href(CLIENT.path, {"client": client}),
        # a warning says no currency; the amount as it is
        "amount": "" if row["amount"] is None else number(here, row["amount"]),
    }
