"""`/pagos/eventos/{gateway}/{company_id}`: gateways tell what happened.

Anybody can post here. What is not signed by the gateway is refused, what is gets written down
before the gateway hears that it arrived; the pipeline sees to it even if this process ends now.
Bodies hold people's data: none is ever logged.
"""

from __future__ import annotations

import logging

from limits import RateLimitItemPerMinute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cartera import clock
from cartera.gateways.base import Forged, GatewayError, Signal
from cartera.online import events
from cartera.store import pay_settings
from streamlit_app.client import limits, pay_asking
from streamlit_app.client.pay_links import EVENTS
from streamlit_app.shared.services import services

#: For the gate: open to anyone, and written to from anywhere; the signature is what counts.
PATHS = (f"{EVENTS}/*",)
#: Events that one network may send in a minute: ten a second, for hours, is no gateway.
TAKEN = RateLimitItemPerMinute(600)

_log = logging.getLogger(__name__)


def routes() -> list[Route]:
    """Only posting."""
    return [Route(f"{EVENTS}/{{gateway}}/{{company_id}}", take, methods=["POST"])]


async def take(request: Request) -> Response:
    """Keep an event that is the gateway's, and ask about its payment a moment later."""
    if not limits.take(TAKEN, "events", limits.network_of(request)):
        return _answer(429)
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > events.LARGEST:
        return _answer(413)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > events.LARGEST:
            return _answer(413)
    return await run_in_threadpool(_taken, request, body)


def _taken(request: Request, body: bytes) -> Response:
    gateway, company_id = request.path_params["gateway"], request.path_params["company_id"]
    store = services().store
    # Common keys would open any name: only companies that set up how they are paid have events.
    if company_id not in pay_settings.companies_paid(store):
        return _answer(404)
    try:
        signal = events.take(
            store, company_id, gateway, body, dict(request.headers), now=clock.now()
        )
    except Forged as error:
        _log.warning("an event for %s was refused: %s", company_id, error)
        return _answer(400)
    except GatewayError:
        return _answer(404)
    _ask(company_id, gateway, signal)
    return _answer(200)


def _ask(company_id: str, gateway: str, signal: Signal) -> None:
    """So that an open page shows it at once; whatever fails here, the pipeline does again."""
    payment = events.payment_of(
        services().store, company_id, gateway, signal.reference, signal.gateway_id
    )
    if payment is not None:
        pay_asking.start(payment, [signal.gateway_id] if signal.gateway_id else [])


def _answer(status: int) -> Response:
    return JSONResponse({}, status)
