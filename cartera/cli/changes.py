"""`cartera check --changed`: whose figures a new version changed, and what they were last told."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from cartera.cli.common import Format, print_json, print_rows
from cartera.cli.reader import changed, open_figures
from cartera.errors import CarteraError

if TYPE_CHECKING:
    from cartera.config import Company, Settings
    from cartera.store.db import Store
    from cartera.store.figure_changes import FigureChanges
    from cartera.warehouse.reader import Reader

COLUMNS = [
    "client_id", "client", "currency", "as_of", "figure", "before", "after", "difference",
    "last_sent", "last_kind", "last_subject",
]  # fmt: skip
AMOUNTS = ("before", "after", "difference")


def check(settings: Settings, profile: Company, form: Format, *, seen: bool) -> None:
    """Print the lists that nobody has seen, else the newest one; note that they are seen.

    Raises `CarteraError` while one is unseen.
    """
    from cartera import clock
    from cartera.people import operator
    from cartera.store import figure_changes

    reader = open_figures(settings)
    lists = figure_changes.shown(reader.store, profile.id)
    shown = [_list(reader.store, reader, one) for one in lists]
    if form is Format.json:
        print_json(shown)
    else:
        rows = [row for one in shown for row in _lines(one)]
        empty = f"{profile.name}: no figure of an account was changed by a new version."
        title = "; ".join(_title(one) for one in lists)
        print_rows(COLUMNS, rows, form, right=AMOUNTS, title=title, empty=title or empty)
    waiting = [one for one in lists if one.seen_at is None]
    if seen and waiting:
        by = operator(profile.id)
        ids = [one.id for one in waiting]
        figure_changes.mark_seen(reader.store, profile.id, ids, by=by, now=clock.now())
        if form is Format.table:
            sys.stdout.write("Noted as seen; mail that goes by itself goes again.\n")
    elif waiting:
        raise CarteraError(
            f"{'; '.join(map(changed, waiting))}: cartera check --changed --seen "
            f"--company {profile.id}"
        )


def _title(one: FigureChanges) -> str:
    words = f"Changed by version {one.program} on {one.found_at:%Y-%m-%d %H:%M} UTC"
    if one.trouble:
        words = f"Version {one.program} could not compare: {one.trouble}"
    if one.has_new_rows:
        words += "; rows came at the same time, so a difference may be theirs"
    return words + (f"; seen by {one.seen_by}" if one.seen_at else "")


def _list(store: Store, reader: Reader, one: FigureChanges) -> dict[str, Any]:
    """A list with its accounts, as JSON."""
    from cartera.money import amount_text
    from cartera.store import figure_changes

    accounts = figure_changes.accounts(store, one)
    ids = sorted({row.client_id for row in accounts})
    names = reader.client_names(one.company_id, ids) if ids else {}
    told = figure_changes.last_messages(store, one.company_id, ids, before=one.found_at)
    return {
        "publication": one.publication_id,
        "publication_before": one.before_id,
        "program": one.program,
        "found_at": one.found_at.isoformat(timespec="seconds"),
        "days": [day.isoformat() for day in one.days],
        "accounts": one.accounts,
        "has_new_rows": one.has_new_rows,
        "trouble": one.trouble or None,
        "seen_at": one.seen_at.isoformat(timespec="seconds") if one.seen_at else None,
        "seen_by": one.seen_by,
        "rows": [
            {
                "client_id": row.client_id,
                "client": names.get(row.client_id, row.client_id),
                "currency": row.currency,
                "as_of": row.as_of.isoformat(),
                "figures": {
                    name: {
                        "before": amount_text(figure.before, row.currency),
                        "after": amount_text(figure.after, row.currency),
                        "difference": amount_text(figure.difference, row.currency),
                    }
                    for name, figure in row.changed.items()
                },
                "last_message": {
                    "message": last.public_id,
                    "kind": last.kind,
                    "subject": last.subject,
                    "sent_at": last.sent_at.isoformat(timespec="seconds"),
                    "as_of": last.as_of.isoformat() if last.as_of else None,
                }
                if (last := told.get(row.client_id))
                else None,
            }
            for row in accounts
        ],
    }


def _lines(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """A line for each figure that differs."""
    return [
        {
            **{name: row[name] for name in ("client_id", "client", "currency", "as_of")},
            "figure": name,
            **amounts,
            "last_sent": last["sent_at"],
            "last_kind": last["kind"],
            "last_subject": last["subject"],
        }
        for row in shown["rows"]
        for last in [row["last_message"] or dict.fromkeys(("sent_at", "kind", "subject"))]
        for name, amounts in row["figures"].items()
    ]
