"""Figures that a new version changed and nobody has seen: said on top of every page, and to whoever
sends by hand.
"""

from __future__ import annotations

from cartera.store import figure_changes
from cartera.store.figure_changes import FigureChanges
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CHANGES
from streamlit_app.staff.sections.html import show


def draw(here: Here) -> None:
    """The line that leads to the list; nothing where all is seen."""
    found = figure_changes.unseen(here.store, here.company.id)
    if found:
        show(here, "changed_banner", text=sentence(here, found[0]), href=CHANGES.path)


def sentence(here: Here, one: FigureChanges) -> str:
    """What a list comes to."""
    if one.trouble:
        return here.t("The figures of the version before could not be compared with these.")
    if one.accounts == 1:
        return here.t("A new version changed the figures of 1 account.")
    return here.t("A new version changed the figures of {n} accounts.", n=one.accounts)
