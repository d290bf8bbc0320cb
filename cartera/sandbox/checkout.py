"""Where the client pays, at the simulated gateway: a page with buttons instead of a bank."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from math import ceil
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cartera import clock
from cartera.sandbox.account import Account
from cartera.sandbox.book import Book, Status, Transaction
from cartera.sandbox.orders import Asked, BadOrder, read
from cartera.sandbox.pages import headers, page

#: What each button leads to, with the gateway's own words for method and reason.
CHOICES: dict[str, tuple[Status, str, str]] = {
    "approve": ("APPROVED", "SIMULATED", ""),
    "decline": ("DECLINED", "SIMULATED", "INSUFFICIENT_FUNDS"),
    "wait": ("PENDING", "SIMULATED_TRANSFER", ""),
    "expire": ("EXPIRED", "", ""),
}
#: A form of ours is small.
MOST_FIELDS = 20


def routes(book: Book, account: Account) -> list[Route]:
    """The checkout page and its buttons."""

    def show(request: Request) -> Response:
        try:
            asked = read(request.query_params.multi_items(), account)
        except BadOrder as error:
            return _refusal(error, request.query_params.get("language", "es"))
        return _page(asked, book.by_reference(asked.reference), _signature(request.query_params))

    async def press(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
            values = [(name, str(value)) for name, value in form.multi_items()]
        try:
            asked = read(values, account)
        except BadOrder as error:
            return _refusal(error, dict(values).get("language", "es"))
        return await run_in_threadpool(_pressed, book, asked, dict(values))

    return [Route("/pagar", show), Route("/pagar", press, methods=["POST"])]


def _pressed(book: Book, asked: Asked, values: dict[str, str]) -> Response:
    now = clock.now()
    signature = values["signature"]
    choice = CHOICES.get(values.get("choice", ""))
    if choice is None:
        return _page(asked, book.by_reference(asked.reference), signature)
    status, method, reason = choice
    if now >= asked.ends:
        status, method, reason = "EXPIRED", "", ""
    before = book.by_reference(asked.reference)
    found = book.begin(
        asked,
        status,
        now=now.timestamp(),
        method=method,
        reason=reason,
        is_silent=values.get("silent") == "yes",
    )
    if before is None and found.status == status and status != "EXPIRED":
        return RedirectResponse(asked.back(found.id), 303, dict(headers(asked.back_origin)))
    return _page(asked, found, signature)


def _signature(values: Any) -> str:
    return str(values.get("signature", ""))


def _page(asked: Asked, found: Transaction | None, signature: str) -> Response:
    """The buttons, or what already is."""
    is_over = found is None and clock.now() >= asked.ends
    return page(
        "checkout.html",
        asked.language,
        form_to=asked.back_origin,
        asked=asked,
        amount=Decimal(asked.amount),
        hidden={**asdict(asked), "signature": signature},
        stands="EXPIRED" if is_over else found.status if found else "",
        minutes=max(0, ceil((asked.ends - clock.now()) / timedelta(minutes=1))),
        back=asked.back(found.id if found else ""),
        leave=asked.back(),
    )


def _refusal(error: BadOrder, language: str) -> Response:
    return page("refused.html", language, status=403 if error.why == "unsigned" else 400,
                why=error.why)  # fmt: skip
