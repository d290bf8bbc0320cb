"""How much waits for somebody: beside the menu's entries, and over the tabs of what clients wrote.

Few and cheap questions: every page asks.
"""

from __future__ import annotations

from cartera.store import access_requests, notices, online_listing, own_payments
from streamlit_app.staff.here import Here


def counts(here: Here) -> dict[str, int]:
    """By tab of the page: kinds of notices, and `access`. Two payments that may be one wait for
    somebody, too.
    """
    store, company = here.store, here.company.id
    found = notices.open_counts(store, company)
    doubts = own_payments.count_doubts(store, company, "report")
    return found | {
        "payment": found.get("payment", 0) + doubts,
        "access": access_requests.count(store, company, states=["unknown"]),
    }


def payments(here: Here) -> int:
    """Online payments about which a person decides."""
    store, company = here.store, here.company.id
    mismatches = online_listing.count_mismatches(store, company)
    return mismatches + own_payments.count_doubts(store, company, "online")
