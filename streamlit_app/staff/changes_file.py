"""The accounts whose figures a new version changed, as CSV: a line for each figure."""

from __future__ import annotations

import csv
import io

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from cartera.money import amount_text
from cartera.render.csv_cells import defused
from cartera.store import figure_changes
from streamlit_app.shared.services import services
from streamlit_app.staff import here as heres
from streamlit_app.staff import language, session
from streamlit_app.staff.app_pages.changes import chosen, figure_name
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections.message_words import kind_of


def routes() -> list[BaseRoute]:
    """The route for signed-in people; the gate has asked for a session already."""
    return [Route("/download/changes.csv", changes)]


def changes(request: Request) -> Response:
    """The list that the page with this query has, all of it."""
    person = session.person_of_request(request)
    if person is None or not person.may("read"):
        return PlainTextResponse("Not found", 404)
    company = services().company_of(person.company_id)
    tr = language.translator(company, request.cookies)
    here = heres.of(person, company, tr, dict(request.query_params))
    lists = figure_changes.shown(here.store, company.id)
    if not lists:
        return PlainTextResponse("Not found", 404)
    one = chosen(here.asked, lists)
    name = f"{tr.t('changed-figures')}-{one.found_at.date().isoformat()}.csv"
    return Response(
        _text(here, one).encode("utf-8-sig"),  # Excel reads other UTF-8 as cp1252
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _text(here: Here, one: figure_changes.FigureChanges) -> str:
    """As spreadsheets of the language open it: in Spanish `;` between cells and a decimal comma."""
    comma = here.tr.language == "es"
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";" if comma else ",")
    writer.writerow([
        here.t("Code"), here.t("Client"), here.t("Currency"), here.t("As of"), here.t("Figure"),
        here.t("Before"), here.t("After"), here.t("Difference"),
        here.t("Last message"), here.t("Sent at"), here.t("Subject"),
    ])  # fmt: skip
    accounts = figure_changes.accounts(here.store, one)
    ids = {row.client_id for row in accounts}
    names = here.client_names(ids)
    told = figure_changes.last_messages(here.store, here.company.id, ids, before=one.found_at)
    for row in accounts:
        last = told.get(row.client_id)
        sent = (kind_of(here, last.kind), here.moment(last.sent_at), last.subject) if last else ()
        about = (row.client_id, names.get(row.client_id, row.client_id), row.currency)
        for name, figure in row.changed.items():
            amounts = [
                amount_text(amount, row.currency).replace(".", "," if comma else ".")
                for amount in (figure.before, figure.after, figure.difference)
            ]
            words = (*about, row.as_of.isoformat(), figure_name(here, name))
            writer.writerow([*map(defused, words), *amounts, *map(defused, sent)])
    return buffer.getvalue()
