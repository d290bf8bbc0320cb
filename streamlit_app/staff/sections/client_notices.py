"""What a client wrote, on its record: what waits for somebody first, then the latest."""

from __future__ import annotations

from typing import Any

from cartera.notices import promises
from cartera.store import notices
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import NOTICES, TIMELINE
from streamlit_app.staff.sections.notice_words import row_of

SHOWN = 6


def of(here: Here, client_id: str) -> dict[str, Any]:
    """What the record's template shows."""
    store, company = here.store, here.company.id
    found = notices.listed(store, company, client_id=client_id, states=["open"], limit=SHOWN)
    if len(found) < SHOWN:
        latest = notices.listed(store, company, client_id=client_id, limit=SHOWN)
        known = {one.id for one in found}
        found += [one for one in latest if one.id not in known][: SHOWN - len(found)]
    try:
        broken = promises.unpaid(here.reader, here.company, found, as_of=here.today)
    except NothingPublished:
        broken = {}
    return {
        "rows": [row_of(here, one, {}, broken) for one in found],
        "all": href(NOTICES.path, {"client": client_id, "show": "all"}),
        "timeline": href(TIMELINE.path, {"client": client_id}),
    }
