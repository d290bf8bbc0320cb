"""What the staff pages fetch and send besides pages: files, suggestions of clients, uploads.

Everything is of the company of the person who asks; a session of another company finds nothing.
"""

from __future__ import annotations

import io
from typing import get_args

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from cartera import clock, inbox
from cartera.config import Basis
from cartera.errors import CarteraError, FiguresOutdated, FileRefused, NotFound
from cartera.i18n import Translator
from cartera.people import Person
from cartera.render.aging import write_aging_xlsx
from cartera.statement import Party
from cartera.upload import MAX_UPLOAD
from cartera.warehouse.reader import NothingPublished
from streamlit_app.shared.downloads import FORMATS, file_response
from streamlit_app.shared.services import services
from streamlit_app.staff import (
    address,
    changes_file,
    language,
    message_files,
    payment_file,
    proofs,
    session,
)
from streamlit_app.staff.address import href
from streamlit_app.staff.here import OUTDATED
from streamlit_app.staff.pages import STATEMENT
from streamlit_app.staff.view import View

PATHS = ("/download/*", "/suggest", "/upload")
SUGGESTIONS = 50
MOST_FILES = 20
#: Of one request, so that nobody fills the disk before a file's own size is looked at.
MOST_BYTES = MAX_UPLOAD + (1 << 20)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def routes() -> list[BaseRoute]:
    """Routes for signed-in people; the gate has asked for a session already."""
    return [
        Route("/download/statement.{form}", statement),
        Route("/download/aging.xlsx", aging),
        Route("/suggest", suggest),
        Route("/upload", upload, methods=["POST"]),
        *message_files.routes(),
        *payment_file.routes(),
        *changes_file.routes(),
        *proofs.routes(),
    ]


def statement(request: Request) -> Response:
    """A client's statement as a file: exactly the view whose query this address has."""
    person = _person(request)
    form = request.path_params["form"]
    if person is None or form not in FORMATS:
        return PlainTextResponse("Not found", 404)
    company = services().company_of(person.company_id)
    tr = language.translator(company, request.cookies)
    view = View.of(request.query_params, clock.today(company.timezone))
    try:
        found = view.listed(services().reader, company.id, tr.language)
    except (NotFound, NothingPublished):
        return PlainTextResponse("Not found", 404)
    except FiguresOutdated:
        return PlainTextResponse(tr.t(OUTDATED), 503)
    return file_response(found, form)


def aging(request: Request) -> Response:
    """The aging of all clients as a workbook."""
    person = _person(request)
    if person is None:
        return PlainTextResponse("Not found", 404)
    company = services().company_of(person.company_id)
    tr = language.translator(company, request.cookies)
    asked = request.query_params
    try:
        found = services().reader.aging(
            company.id,
            as_of=address.day(asked, "as_of") or clock.today(company.timezone),
            basis=address.one_of(asked, "basis", get_args(Basis), company.aging_basis),
        )
    except NothingPublished:
        return PlainTextResponse("Not found", 404)
    except FiguresOutdated:
        return PlainTextResponse(tr.t(OUTDATED), 503)
    buffer = io.BytesIO()
    sender = Party(company.id, company.name, company.tax_id, color=company.color)
    write_aging_xlsx(found, sender, buffer, language=tr.language, country=company.country)
    name = f"{tr.t('portfolio')}-{found.as_of.isoformat()}.xlsx"
    disposition = f'attachment; filename="{name}"'
    return Response(
        buffer.getvalue(), media_type=XLSX, headers={"Content-Disposition": disposition}
    )


def suggest(request: Request) -> Response:
    """Clients for the search box: what fits so far, and where each leads."""
    person = _person(request)
    if person is None:
        return PlainTextResponse("Unauthorized", 401)
    company = services().company_of(person.company_id)
    tr = language.translator(company, request.cookies)
    text = address.text(request.query_params, "text")
    try:
        rows = services().reader.find_clients(company.id, text, limit=SUGGESTIONS)
    except FiguresOutdated:
        return JSONResponse({"clients": [], "note": tr.t(OUTDATED)})
    except NothingPublished:
        return JSONResponse({"clients": [], "note": tr.t("No data has been loaded yet.")})
    note = "" if rows else tr.t("No client fits")
    if len(rows) == SUGGESTIONS:
        note = tr.t("Only the first {n} are listed; type more letters.", n=SUGGESTIONS)
    found = [
        {
            "href": href(STATEMENT.path, {"client": row.client_id}),
            "name": row.name,
            "about": " · ".join(part for part in (row.tax_id, row.client_id) if part),
        }
        for row in rows
    ]
    return JSONResponse({"clients": found, "note": note})


async def upload(request: Request) -> Response:
    """Files for the inbox. Who may is asked before the first byte of a file is read."""
    person = await run_in_threadpool(_person, request)
    if person is None or not person.may("upload"):
        return PlainTextResponse("Forbidden", 403)
    company = services().company_of(person.company_id)
    tr = language.translator(company, request.cookies)
    length = request.headers.get("content-length", "")
    if not length.isdecimal():  # browsers always say it
        return PlainTextResponse("Length required", 411)
    if int(length) > MOST_BYTES:
        return PlainTextResponse("Too large", 413)
    try:
        # Files are spooled to disk beyond a megabyte, never kept in memory.
        async with request.form(max_files=MOST_FILES, max_fields=10) as form:
            files = [part for part in form.getlist("files") if isinstance(part, UploadFile)]
            outcome = await run_in_threadpool(_deliver, files, person, tr)
    except MultiPartException:
        return PlainTextResponse("Bad request", 400)
    return JSONResponse(outcome)


def _deliver(files: list[UploadFile], person: Person, tr: Translator) -> dict[str, object]:
    """Put each file in the inbox; what the page says of each."""
    taken, lines = 0, []
    for file in files:
        name = file.filename or ""
        if not name:
            continue
        try:
            path = inbox.deliver(
                services().settings, services().store, name, file.file, person, clock.now()
            )
        except FileRefused as error:
            lines.append(error.said(tr))
        except CarteraError:
            lines.append(tr.t("{file}: could not be taken", file=name[:80]))
        else:
            taken += 1
            lines.append(tr.t("{file}: received; it is loaded in a moment", file=path.name))
    return {"taken": taken, "lines": lines or [tr.t("No file was chosen.")]}


def _person(request: Request) -> Person | None:
    person = session.person_of_request(request)
    return person if person is not None and person.may("read") else None
