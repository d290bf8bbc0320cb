"""A small Wompi of the tests' own, written from Wompi's pages; it shares nothing with ours."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

PUBLIC = "pub_test_Q5yDA9xoKdePzhSGeVe9HAez7HgGORGf"
PRIVATE = "prv_test_Abc123Def456"
EVENTS = "test_events_OcHnIzeBl5socpwByQ4hA52Em3USQ93Z"
INTEGRITY = "test_integrity_Abc123"


@dataclass
class FakeWompi:
    """Its transactions, and what it answers instead where it is broken."""

    transactions: list[dict[str, Any]] = field(default_factory=list)
    broken: Response | None = None
    is_active: bool = True
    asked: list[str] = field(default_factory=list)

    def add(self, reference: str, status: str, cents: int = 9_500_000, **more: Any) -> str:
        number = len(self.transactions) + 1
        made = {
            "id": f"1234-1610641025-{number}",
            "created_at": f"2026-11-26T10:00:{number:02d}.000Z",
            "amount_in_cents": cents,
            "reference": reference,
            "customer_email": "juan.perez@gmail.com",
            "currency": "COP",
            "payment_method_type": "PSE",
            "payment_method": {"type": "PSE"},
            "status": status,
            "status_message": None,
        } | more
        self.transactions.append(made)
        return str(made["id"])

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/p/", self.checkout),
                Route("/v1/merchants/{key}", self.merchant),
                Route("/v1/transactions", self.listed),
                Route("/v1/transactions/{id}", self.one),
                Route("/elsewhere", self.elsewhere),
            ]
        )

    async def checkout(self, request: Request) -> Response:
        """The checkout page checks the signature of its address."""
        given = request.query_params
        text = (
            given["reference"] + given["amount-in-cents"] + given["currency"]
            + given.get("expiration-time", "") + INTEGRITY
        )  # fmt: skip
        is_good = hashlib.sha256(text.encode()).hexdigest() == given["signature:integrity"]
        is_ours = given["public-key"] == PUBLIC
        return PlainTextResponse("pay", 200 if is_good and is_ours else 403)

    async def merchant(self, request: Request) -> Response:
        if self.broken is not None:
            return self.broken
        if request.path_params["key"] != PUBLIC:
            return JSONResponse({"error": {"type": "NOT_FOUND_ERROR"}}, 404)
        return JSONResponse(
            {"data": {"name": "Comercio", "active": self.is_active, "accepted_currencies": ["COP"]}}
        )

    async def listed(self, request: Request) -> Response:
        reference = request.query_params["reference"]
        return self._private(
            request, {"data": [t for t in self.transactions if t["reference"] == reference]}
        )

    async def one(self, request: Request) -> Response:
        found = [t for t in self.transactions if t["id"] == request.path_params["id"]]
        if not found:
            return JSONResponse({"error": {"type": "NOT_FOUND_ERROR"}}, 404)
        return self._private(request, {"data": found[0]})

    async def elsewhere(self, request: Request) -> Response:
        self.asked.append("elsewhere")
        return JSONResponse({"data": []})

    def _private(self, request: Request, answer: dict[str, Any]) -> Response:
        self.asked.append(str(request.url))
        if self.broken is not None:
            return self.broken
        if request.headers.get("authorization") != f"Bearer {PRIVATE}":
            return JSONResponse({"error": {"type": "INVALID_ACCESS_TOKEN"}}, 401)
        return JSONResponse(answer)


def to_elsewhere() -> Response:
    return RedirectResponse("/elsewhere", 302)
