"""The route that a new logo comes in by: Streamlit's own way of taking files stays shut."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from cartera import clock
from cartera.errors import CarteraError
from cartera.i18n import Translator
from cartera.mail.refusal import Refusal
from cartera.people import Person
from cartera.render.logo import LARGEST
from cartera.store import companies
from streamlit_app.shared.services import services
from streamlit_app.staff import language, session

PATH = "/upload/logo"
#: Of the whole request: the form's own lines come on top of the file.
MOST_BYTES = LARGEST + (1 << 16)


def routes() -> list[BaseRoute]:
    """For signed-in people with the right to settings; the gate has asked already."""
    return [Route(PATH, upload, methods=["POST"])]


async def upload(request: Request) -> Response:
    """Keep the file as the company's logo; what the page says of it."""
    person = await run_in_threadpool(session.person_of_request, request)
    if person is None or not person.may("settings"):
        return PlainTextResponse("Forbidden", 403)
    company = await run_in_threadpool(
        companies.profile, services().settings, services().store, person.company_id
    )
    tr = language.translator(company, request.cookies)
    length = request.headers.get("content-length", "")
    if not length.isdecimal():  # browsers always say it
        return PlainTextResponse("Length required", 411)
    if int(length) > MOST_BYTES:
        large = Refusal("the logo is too large: at most {most} KB", most=LARGEST // 1024)
        return _answer(0, large.said(tr))
    try:
        async with request.form(max_files=1, max_fields=5) as form:
            file = form.get("files")
            content = await file.read() if isinstance(file, UploadFile) else b""
    except MultiPartException:
        return PlainTextResponse("Bad request", 400)
    if not content:
        return _answer(0, tr.t("No file was chosen."))
    return await run_in_threadpool(_keep, content, person, tr)


def _keep(content: bytes, person: Person, tr: Translator) -> Response:
    try:
        companies.save_logo(
            services().store, person.company_id, content, by=person, now=clock.now()
        )
    except Refusal as refusal:
        return _answer(0, refusal.said(tr))
    except CarteraError:
        return _answer(0, tr.t("That could not be done. Check what was written and try again."))
    return _answer(1, tr.t("The logo is changed."))


def _answer(taken: int, line: str) -> JSONResponse:
    return JSONResponse({"taken": taken, "lines": [line[:1].upper() + line[1:]]})
