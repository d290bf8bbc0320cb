"""Online payments as a workbook: the rows of the page whose query the address has."""

from __future__ import annotations

import io
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from cartera import clock
from cartera.online.reconciling import Compared, compare
from cartera.render.payments import PaymentRow, write_payments_xlsx
from cartera.statement import Party
from cartera.store import online_listing
from streamlit_app.shared.services import services
from streamlit_app.staff import here as heres
from streamlit_app.staff import language, session
from streamlit_app.staff.here import Here
from streamlit_app.staff.payment_query import query_of
from streamlit_app.staff.sections import online_words

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Rows of a file; a longer period is to be narrowed.
MOST = 20_000


def routes() -> list[BaseRoute]:
    """The route for signed-in people; the gate has asked for a session already."""
    return [Route("/download/payments.xlsx", payments)]


def payments(request: Request) -> Response:
    """The payments that the page with this query has, all of them."""
    person = session.person_of_request(request)
    if person is None or not person.may("read"):
        return PlainTextResponse("Not found", 404)
    company = services().company_of(person.company_id)
    tr = language.translator(company, request.cookies)
    here = heres.of(person, company, tr, dict(request.query_params))
    found = online_listing.listed(
        here.store, company.id, query_of(here.asked, company.timezone, here.today), limit=MOST
    )
    compared = compare(here.store, here.reader, company.id, found, now=clock.now())
    if here.asked.get("only") == "differences":
        compared = [one for one in compared if one.differs]
    names = here.client_names(one.payment.client_id for one in compared)
    buffer = io.BytesIO()
    write_payments_xlsx(
        [_row(here, one, names) for one in compared],
        Party(company.id, company.name, company.tax_id, color=company.color),
        buffer,
        as_of=here.today,
        language=tr.language,
        country=company.country,
    )
    name = f"{tr.t('payments')}-{here.today.isoformat()}.xlsx"
    disposition = f'attachment; filename="{name}"'
    return Response(
        buffer.getvalue(), media_type=XLSX, headers={"Content-Disposition": disposition}
    )


def _row(here: Here, one: Compared, names: Mapping[str, str]) -> PaymentRow:
    payment = one.payment
    counted = [booked for booked in (one.ours, one.theirs) if booked is not None and booked.counts]
    return PaymentRow(
        currency=payment.paid[1],
        begun=here.moment(payment.created_at),
        reference=payment.reference,
        client=names.get(payment.client_id, payment.client_id),
        client_id=payment.client_id,
        documents=", ".join(payment.numbers),
        gateway=online_words.title_of(payment.gateway),
        transaction=payment.gateway_id,
        gateway_says=online_words.gateway_says(here, payment).head,
        paid=payment.said_amount,
        went_back=payment.refunded or None,
        we_say=here.t(online_words.STATE_WORDS[payment.state]),
        kept=payment.kept or None,
        ledger_says=online_words.ledger_says(here, one).head,
        in_ledger=counted[0].amount if counted else None,
        differences=" · ".join(note["text"] for note in online_words.notes_of(here, one.notes)),
    )
