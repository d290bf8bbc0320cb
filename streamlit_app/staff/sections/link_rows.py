"""How a private link is told of: its state, when it was opened, whom it was made for."""

from __future__ import annotations

from cartera.store import links
from cartera.store.links import Link
from streamlit_app.staff.here import Here

STATE_WORDS = {"live": "In force", "expired": "Expired", "revoked": "Revoked"}
TONES = {"live": "credit", "expired": "", "revoked": "late"}


def state_of(here: Here, link: Link) -> dict[str, str]:
    """The state in words, and its colour."""
    state = links.state(link, here.now)
    return {"state": here.t(STATE_WORDS[state]), "tone": TONES[state]}


def opened(here: Here, link: Link) -> str:
    """How often, and when last."""
    if link.last_opened_at is None:
        return here.t("not opened yet")
    day = here.moment(link.last_opened_at)
    if link.opens == 1:
        return here.t("opened once, {day}", day=day)
    return here.t("opened {n} times, last {day}", n=link.opens, day=day)
