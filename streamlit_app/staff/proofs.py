"""Proofs of reported payments, as downloads: what a stranger uploaded is never shown as a page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from cartera.errors import NotFound
from cartera.store import notices
from streamlit_app.shared.downloads import attachment
from streamlit_app.shared.gate import SANDBOX
from streamlit_app.shared.services import services
from streamlit_app.staff import session

#: What a proof may be called to a browser; anything else is just bytes.
KNOWN = ("application/pdf", "image/png", "image/jpeg")
BYTES = "application/octet-stream"


def routes() -> list[BaseRoute]:
    """The route for signed-in people; the gate has asked for a session already."""
    return [Route("/download/proof/{public_id}", proof)]


def proof(request: Request) -> Response:
    """The proof of one of the company's notices."""
    person = session.person_of_request(request)
    if person is None or not person.may("read"):
        return PlainTextResponse("Not found", 404)
    public_id = request.path_params["public_id"]
    try:
        found = notices.proof(services().store, person.company_id, public_id, by=person)
    except NotFound:
        return PlainTextResponse("Not found", 404)
    kind = found.media_type if found.media_type in KNOWN else BYTES
    return attachment(found.content, found.name, kind, **{"Content-Security-Policy": SANDBOX})
