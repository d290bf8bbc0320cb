"""Keeping an open page up to date: what it shows, and when it must be drawn again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import streamlit as st

from cartera import clock
from cartera.i18n import Translator
from streamlit_app.shared.services import services

#: How often an open page asks. The question costs under a millisecond.
EVERY = "1s"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the figures on a page depend on besides its reader's choices."""

    publication: int | None
    published_at: datetime | None
    today: date


def shown(timezone: str) -> Shown:
    """What a page drawn now would show."""
    publication = services().reader.publication()
    return Shown(
        publication.id if publication else None,
        publication.published_at if publication else None,
        clock.today(timezone),
    )


@st.fragment(run_every=EVERY)
def pulse(drawn: Shown, timezone: str, tr: Translator, still_allowed: Callable[[], bool]) -> None:
    """Say how old the figures are; draw the whole page again once they moved.

    Only this line travels every two seconds. `still_allowed` is asked each time: a link revoked
    or a session ended takes the page away at once.
    """
    now_shown = shown(timezone)
    if not still_allowed() or (now_shown.publication, now_shown.today) != (
        drawn.publication,
        drawn.today,
    ):
        st.rerun()
    if drawn.published_at is not None:
        age = int((clock.now() - drawn.published_at).total_seconds())
        st.caption(f":material/sync: {ago(max(age, 0), tr)}")


def ago(seconds: int, tr: Translator) -> str:
    """How long ago the figures moved, in the largest unit that fits."""
    if seconds < 60:
        return tr.t("Updated {n} s ago", n=seconds)
    if seconds < 3600:
        return tr.t("Updated {n} min ago", n=seconds // 60)
    if seconds < 48 * 3600:
        return tr.t("Updated {n} h ago", n=seconds // 3600)
    return tr.t("Updated {n} days ago", n=seconds // 86400)
