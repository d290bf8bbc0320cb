"""What merchants' programs ask the simulated gateway."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cartera import clock
from cartera.sandbox.account import Account, mac, same
from cartera.sandbox.book import Book


def routes(book: Book, account: Account) -> list[Route]:
    """The addresses under `/api/`."""

    def wrong(request: Request) -> Response | None:
        given = request.headers.get("authorization", "")
        if same(given, f"Bearer {account.key}"):
            return None
        return JSONResponse({"error": "unauthorized"}, 401)

    def by_id(request: Request) -> Response:
        if refusal := wrong(request):
            return refusal
        found = book.by_id(request.path_params["id"])
        return JSONResponse({"data": found.public()} if found else {"error": "not_found"},
                            200 if found else 404)  # fmt: skip

    def by_reference(request: Request) -> Response:
        if refusal := wrong(request):
            return refusal
        found = book.by_reference(request.query_params.get("reference", ""))
        return JSONResponse({"data": found.public()} if found else {"error": "not_found"},
                            200 if found else 404)  # fmt: skip

    def close(request: Request) -> Response:
        if refusal := wrong(request):
            return refusal
        reference = request.path_params["reference"]
        return JSONResponse({"closed": book.close(reference, now=clock.now().timestamp())})

    def who(request: Request) -> Response:
        if refusal := wrong(request):
            return refusal
        nonce = request.query_params.get("nonce", "")
        return JSONResponse(
            {
                "is_simulation": True,
                "signing": same(request.query_params.get("signature", ""), account.signed([nonce])),
                "events": mac(account.events_secret, nonce.encode()),
                "events_url": account.events_url,
            }
        )

    return [
        Route("/api/transactions/{id}", by_id),
        Route("/api/transactions", by_reference),
        Route("/api/orders/{reference}/close", close, methods=["POST"]),
        Route("/api/account", who),
    ]
