"""A message to look at while words are written: a real client's, sent to nobody."""

from __future__ import annotations

from cartera.mail import texts
from cartera.mail.outgoing import Kind, Order, TextKind
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections import composed_preview

#: Open documents among which an invoice is looked for.
MOST_LOOKED_AT = 50


def sample_order(here: Here, kind: Kind | TextKind, language: str) -> Order | str:
    """The order of a client who is late, or who owes, or of any; in words, why there is none."""
    client = sample_client(here)
    if client is None:
        return here.t("There is no client yet to show it with.")
    client_id, name = client
    document_id = None
    if kind == "invoice":
        found = here.reader.open_documents(
            here.company.id, as_of=here.today, client_id=client_id, limit=MOST_LOOKED_AT
        )
        document_id = next((d.document_id for d in found.rows if d.type == "invoice"), None)
        if document_id is None:
            return here.t("There is no open invoice to show it with.")
    return Order(
        kind=texts.kind_of(kind),
        client_id=client_id,
        contact=name,
        address="",
        language=language,
        content=texts.of(here.store, here.company.id, kind, language),
        link=composed_preview.link(here),
        document_id=document_id,
    )


def sample_client(here: Here) -> tuple[str, str] | None:
    """Id and name of a client whose message shows something."""
    try:
        for only in ("overdue", "balance", "all"):
            found = here.reader.clients(
                here.company.id,
                as_of=here.today,
                only=only,
                sort="overdue",
                descending=True,
                limit=1,
            )
            if found.rows:
                return found.rows[0].client_id, found.rows[0].name
    except NothingPublished:
        pass
    return None
