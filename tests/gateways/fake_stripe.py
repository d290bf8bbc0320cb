"""A small Stripe of the tests' own: Checkout Sessions, which no other imitation has.

Written from Stripe's pages; it takes what Stripe's library sends, and refuses what Stripe refuses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

KEY = "sk_test_51Abc"


def error(status: int, kind: str, code: str = "") -> Response:
    return JSONResponse({"error": {"type": kind, "code": code, "message": "no"}}, status)


@dataclass
class FakeStripe:
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    disputes: list[dict[str, Any]] = field(default_factory=list)
    replies: dict[str, tuple[dict[str, str], dict[str, Any]]] = field(default_factory=dict)
    broken: Response | None = None
    url: str = ""
    #: Calls, and the last form that was posted.
    asked: list[str] = field(default_factory=list)
    form: dict[str, str] = field(default_factory=dict)

    def app(self) -> Starlette:
        base = "/v1/checkout/sessions"
        return Starlette(
            routes=[
                Route(base, self._guard(self.create), methods=["POST"]),
                Route(base, self._guard(self.listed)),
                Route(f"{base}/{{id}}", self._guard(self.retrieve)),
                Route(f"{base}/{{id}}/expire", self._guard(self.expire), methods=["POST"]),
                Route("/v1/payment_intents/{id}", self._guard(self.intent)),
                Route("/v1/disputes", self._guard(self.disputed)),
            ]
        )

    def _guard(self, answer: Any) -> Any:
        async def guarded(request: Request) -> Response:
            self.asked.append(f"{request.method} {request.url.path}")
            if request.headers.get("authorization") != f"Bearer {KEY}":
                return error(401, "invalid_request_error")
            return self.broken or answer(request, dict(parse_qsl((await request.body()).decode())))

        return guarded

    def create(self, request: Request, form: dict[str, str]) -> Response:
        key = request.headers["idempotency-key"]
        if key in self.replies:
            before, reply = self.replies[key]
            if before != form:
                return error(400, "idempotency_error")
            return JSONResponse(reply)
        left = int(form["expires_at"]) - datetime.now(UTC).timestamp()
        if not 1800 <= left <= 86_400:
            return error(400, "invalid_request_error", "expires_at")
        cents = int(form["line_items[0][price_data][unit_amount]"])
        if not re.fullmatch("[a-z]{3}", form["line_items[0][price_data][currency]"]) or cents < 1:
            return error(400, "invalid_request_error", "amount")
        number = len(self.sessions) + 1
        session = {
            "id": f"cs_test_{number}",
            "object": "checkout.session",
            "url": f"{self.url}/c/pay/cs_test_{number}",
            "client_reference_id": form["client_reference_id"],
            "metadata": {"reference": form["metadata[reference]"]},
            "amount_total": cents * int(form["line_items[0][quantity]"]),
            "currency": form["line_items[0][price_data][currency]"],
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "livemode": False,
        }
        self.form = form
        self.sessions[session["id"]] = session
        self.replies[key] = form, session.copy()
        return JSONResponse(session)

    def confirm(self, session_id: str, status: str = "succeeded", **charge: Any) -> str:
        """Somebody pays a session: what becomes of it, and the payment intent's name."""
        session = self.sessions[session_id]
        identity = f"pi_{session_id}"
        came = status == "succeeded"
        self.intents[identity] = {
            "id": identity,
            "object": "payment_intent",
            "amount": session["amount_total"],
            "amount_received": session["amount_total"] if came else 0,
            "currency": session["currency"],
            "status": status,
            "metadata": {"reference": session["metadata"]["reference"]},
            "last_payment_error": {"code": "card_declined"} if "requires" in status else None,
            "latest_charge": {
                "id": f"ch_{session_id}",
                "object": "charge",
                "amount": session["amount_total"],
                "amount_refunded": 0,
                "refunded": False,
                "disputed": False,
                "currency": session["currency"],
                "payment_method_details": {"type": "card"},
            }
            | charge,
        }
        session["payment_intent"] = identity
        session["status"] = "complete"
        session["payment_status"] = "paid" if came else "unpaid"
        return identity

    def charge(self, intent: str) -> dict[str, Any]:
        return self.intents[intent]["latest_charge"]

    def retrieve(self, request: Request, form: dict[str, str]) -> Response:
        found = self.sessions.get(request.path_params["id"])
        return JSONResponse(self._expanded(found)) if found else _missing()

    def listed(self, request: Request, form: dict[str, str]) -> Response:
        query = request.query_params
        found = list(reversed(self.sessions.values()))
        if "payment_intent" in query:
            found = [one for one in found if one["payment_intent"] == query["payment_intent"]]
        names = [one["id"] for one in found]
        first = names.index(query["starting_after"]) + 1 if "starting_after" in query else 0
        last = first + int(query.get("limit", 10))
        data = found[first:last]
        if any(name.startswith("expand") for name in query):
            data = [self._expanded(one) for one in data]
        return JSONResponse(
            {"object": "list", "data": data, "has_more": last < len(found), "url": "/v1/x"}
        )

    def expire(self, request: Request, form: dict[str, str]) -> Response:
        found = self.sessions.get(request.path_params["id"])
        if found is None:
            return _missing()
        if found["status"] != "open":
            return error(400, "invalid_request_error")
        found["status"] = "expired"
        return JSONResponse(found)

    def intent(self, request: Request, form: dict[str, str]) -> Response:
        found = self.intents.get(request.path_params["id"])
        return JSONResponse(found) if found else _missing()

    def disputed(self, request: Request, form: dict[str, str]) -> Response:
        charge = request.query_params["charge"]
        data = [one for one in self.disputes if one["charge"] == charge]
        return JSONResponse({"object": "list", "data": data, "has_more": False, "url": "/v1/x"})

    def _expanded(self, session: dict[str, Any]) -> dict[str, Any]:
        intent = self.intents.get(session["payment_intent"] or "")
        return session | {"payment_intent": intent or session["payment_intent"]}


def _missing() -> Response:
    return error(404, "invalid_request_error", "resource_missing")
