"""Who changed which setting, from what to what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cartera.store import audit, client_rights, companies
from cartera.store.audit import Entry
from cartera.store.companies import LOGO
from streamlit_app.staff import language as languages
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.message_words import TEXT_WORDS, who
from streamlit_app.staff.sections.right_words import RIGHT_WORDS
from streamlit_app.staff.sections.setting_fields import TITLES

LONGEST = 160
#: Changes shown.
MOST = 50


def draw(here: Here) -> None:
    """The last fifty changes, newest first."""
    show(
        here,
        "setting_history",
        rows=[
            {
                "at": here.moment(entry.at),
                "who": who(here, entry.who),
                "name": _name(here, name),
                "old": _value(here, change.get("old")),
                "new": _value(here, change.get("new")),
            }
            for entry in _entries(here)
            for name, change in _changes(entry.details).items()
        ],
    )


def _entries(here: Here) -> list[Entry]:
    """Settings, and what all clients may do."""
    store, company = here.store, here.company.id
    rights = audit.entries(store, company, subject=client_rights.NAME, limit=MOST)
    found = [*companies.history(store, company, MOST), *rights]
    return sorted(found, key=lambda entry: entry.at, reverse=True)[:MOST]


def _changes(details: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Old and new by name; rights are kept whole, and only what differs is said."""
    if "changes" in details:
        return dict(details["changes"])
    old, new = details.get("old", {}), details.get("new", {})
    return {
        name: {"old": old.get(name), "new": new[name]} for name in new if new[name] != old.get(name)
    }


def _name(here: Here, name: str) -> str:
    if found := next((words for right, words in RIGHT_WORDS.items() if right == name), None):
        return here.t("Clients may: {right}", right=here.t(found[0]))
    if name == "promise_days":
        return here.t("Days ahead that a promise may lie")
    if name == LOGO:
        return here.t("Logo")
    if text := re.fullmatch(r"text\.([\w-]+)\.(\w+)", name):
        kind = next((words for code, words in TEXT_WORDS.items() if code == text[1]), text[1])
        return f"{here.t(kind)} · {languages.NAMES.get(text[2], text[2])}"
    return here.t(TITLES.get(name, name))


def _value(here: Here, value: Any) -> str:
    """A value as a person would say it, cut where it is long."""
    if value is None or value in ("", []):
        return "—"
    if isinstance(value, bool):
        return here.t("On" if value else "Off")
    if isinstance(value, dict):
        return str(value.get("media_type") or " · ".join(map(str, value.values())) or "—")
    if isinstance(value, list):
        value = " · ".join(str(part) for part in value)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", str(value))).strip()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
