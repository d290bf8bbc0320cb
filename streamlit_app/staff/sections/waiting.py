"""How much of what clients wrote waits for somebody: beside the menu's entry and over the tabs."""

from __future__ import annotations

from cartera.store import access_requests, notices, own_payments
from streamlit_app.staff.here import Here


def counts(here: Here) -> dict[str, int]:
    """By tab of the page: kinds of notices, and `access`. Few and cheap questions: every page asks.

    Two payments that may be one wait for somebody, too.
    """
    store, company = here.store, here.company.id
    found = notices.open_counts(store, company)
    doubts = own_payments.count_doubts(store, company)
    return found | {
        "payment": found.get("payment", 0) + doubts,
        "access": access_requests.count(store, company, states=["unknown"]),
    }
