"""Taking one message out of a mailing that is not sent yet, and putting it back: one press each.

Everything else that people do to messages is confirmed in a dialog (`sections/message_actions`).
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from cartera import clock
from cartera.store import outbox
from streamlit_app.shared.services import services
from streamlit_app.staff import session

PATHS = ("/message/*",)
#: For the gate: what one must be allowed to do.
RIGHTS = (("/message/*", "mail"),)
ACTS = {"hold": outbox.hold, "release": outbox.release}


def routes() -> list[BaseRoute]:
    """The route; the gate has asked for a session, and whether another site's page writes."""
    return [Route("/message/{act}", act, methods=["POST"])]


async def act(request: Request) -> Response:
    """Do it to the message that the form names."""
    async with request.form(max_files=0, max_fields=2) as form:
        public_id = str(form.get("message", ""))
    return await run_in_threadpool(_act, request, public_id)


def _act(request: Request, public_id: str) -> Response:
    change = ACTS.get(request.path_params["act"])
    person = session.person_of_request(request)
    if person is None or not person.may("mail"):
        return PlainTextResponse("Forbidden", 403)
    if change is None:
        return PlainTextResponse("Not found", 404)
    now = clock.now()
    changed = change(services().store, person.company_id, [public_id], by=person, now=now)
    return Response(status_code=204 if changed else 409)
