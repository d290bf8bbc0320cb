"""Messages and the files that went along, as downloads: of this company, for whoever may look.

What is in them came from outside: everything is handed over as a file to keep, never shown.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from cartera.mail import reading
from cartera.people import Act, Person
from cartera.store import outbox
from streamlit_app.shared.downloads import attachment
from streamlit_app.shared.services import services
from streamlit_app.staff import mailbox, session

#: Types that a browser may be told; everything else is just bytes.
KNOWN = re.compile(r"application/(pdf|vnd\.[\w.-]+)|image/(png|jpeg|gif)|text/csv")
BYTES = "application/octet-stream"


def routes() -> list[BaseRoute]:
    """Routes for signed-in people; the gate has asked for a session already."""
    return [
        Route("/download/message/{public_id}.eml", message),
        Route("/download/message/{public_id}/{n:int}", message_part),
        Route("/download/mailbox/{name}.eml", letter),
        Route("/download/mailbox/{name}/{n:int}", letter_part),
    ]


def message(request: Request) -> Response:
    """A message as it went."""
    content = _kept(request)
    if content is None:
        return _missing()
    return _file(content, f"{request.path_params['public_id']}.eml", "message/rfc822")


def message_part(request: Request) -> Response:
    """One of its files, by its place in the message."""
    content = _kept(request)
    return _missing() if content is None else _part(content, request.path_params["n"])


def letter(request: Request) -> Response:
    """A message of the demo's mailbox. Its link opens an account: only for who may send mail."""
    name = request.path_params["name"]
    content = _boxed(request)
    return _missing() if content is None else _file(content, f"{name}.eml", "message/rfc822")


def letter_part(request: Request) -> Response:
    """One of its files."""
    content = _boxed(request)
    return _missing() if content is None else _part(content, request.path_params["n"])


def _kept(request: Request) -> bytes | None:
    person = _person(request, "read")
    if person is None:
        return None
    return outbox.kept(services().store, person.company_id, request.path_params["public_id"])


def _boxed(request: Request) -> bytes | None:
    person = _person(request, "mail")
    if person is None:
        return None
    return mailbox.content(services().settings, person.company_id, request.path_params["name"])


def _person(request: Request, act: Act) -> Person | None:
    person = session.person_of_request(request)
    return person if person is not None and person.may(act) else None


def _part(content: bytes, n: int) -> Response:
    parts = reading.read(content).parts
    if n >= len(parts):
        return _missing()
    return _file(parts[n].content, parts[n].name, parts[n].media_type)


def _file(content: bytes, name: str, media_type: str) -> Response:
    known = media_type == "message/rfc822" or KNOWN.fullmatch(media_type)
    return attachment(content, name, media_type if known else BYTES)


def _missing() -> Response:
    return PlainTextResponse("Not found", 404)
