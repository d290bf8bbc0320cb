"""Page "Historia": all that happened with a client, in one stream, the newest first."""

from __future__ import annotations

from cartera import timeline
from cartera.errors import NotFound
from streamlit_app.staff import address, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import CLIENT, CLIENTS, TIMELINE
from streamlit_app.staff.sections import client_fields
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.nothing import nothing
from streamlit_app.staff.sections.story_rows import row_of

#: Pages that can be turned: each reads all before it once more.
MOST_PAGES = 100


def draw(here: Here) -> None:
    """The stream of the client that the address names."""
    client_id = address.text(here.asked, "client")
    try:
        record = client_fields.record_of(here, client_id)
    except NotFound:
        nothing(here, here.t("There is no such client"), CLIENTS)
        return
    number = min(address.page(here.asked), MOST_PAGES)
    found = timeline.timeline(
        here.store, here.reader, here.company, client_id,
        offset=(number - 1) * listing.ROWS, limit=listing.ROWS,
    )  # fmt: skip
    show(
        here,
        "timeline",
        client=record.name,
        back=href(CLIENT.path, {"client": client_id}),
        rows=[row_of(here, entry, client_id) for entry in found.entries],
        paging=Paging(TIMELINE.path, here.asked, min(found.count, MOST_PAGES * listing.ROWS)),
    )
