"""Who changed which setting, from what to what."""

from __future__ import annotations

import re
from typing import Any

from cartera.store import companies
from cartera.store.companies import LOGO
from streamlit_app.staff import language as languages
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.message_words import TEXT_WORDS, who
from streamlit_app.staff.sections.setting_fields import TITLES

LONGEST = 160


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
            for entry in companies.history(here.store, here.company.id)
            for name, change in entry.details.get("changes", {}).items()
        ],
    )


def _name(here: Here, name: str) -> str:
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
