"""The simulated gateway's own people: every transaction, and what can still become of it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from cartera import clock
from cartera.sandbox.account import Account
from cartera.sandbox.book import Book, Status, Transaction
from cartera.sandbox.pages import page

#: What a button does: from which status, to which.
ACTS: dict[str, tuple[tuple[Status, ...], Status]] = {
    "settle": (("PENDING",), "APPROVED"),
    "fail": (("PENDING",), "DECLINED"),
    "void": (("APPROVED",), "VOIDED"),
    "refund": (("APPROVED",), "APPROVED"),
    "dispute": (("APPROVED",), "DISPUTED"),
    "won": (("DISPUTED",), "APPROVED"),
    "lost": (("DISPUTED",), "CHARGED_BACK"),
}
REASONS = {
    "fail": "BANK_DECLINED", "void": "VOIDED", "refund": "REFUNDED", "dispute": "CHARGEBACK",
    "lost": "CHARGEBACK",
}  # fmt: skip


def routes(book: Book, account: Account) -> list[Route]:
    """The list and its buttons."""

    def show(request: Request) -> Response:
        return page(
            "desk.html",
            request.query_params.get("lang", "es"),
            rows=book.newest(),
            events_url=account.events_url,
            acts=_acts,
            wrong=request.query_params.get("wrong", ""),
        )

    async def press(request: Request) -> Response:
        # Nobody else's page may press our buttons for whoever has it open.
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            return PlainTextResponse("another page's form", 403)
        async with request.form(max_files=0, max_fields=5) as form:
            values = {name: str(value) for name, value in form.items()}
        is_done = await run_in_threadpool(_do, book, values)
        language = "en" if values.get("lang") == "en" else "es"
        return RedirectResponse(f"/?lang={language}" + ("" if is_done else "&wrong=1"), 303)

    return [Route("/", show), Route("/", press, methods=["POST"])]


def _acts(about: Transaction) -> list[str]:
    """The buttons of a transaction."""
    return [name for name, (only, _) in ACTS.items() if about.status in only]


def _do(book: Book, values: dict[str, str]) -> bool:
    act = values.get("act", "")
    found = book.by_id(values.get("id", ""))
    if act not in ACTS or found is None:
        return False
    only, to = ACTS[act]
    refunded = None
    if act == "refund":
        part = _amount(values.get("amount", ""))
        # What was refunded when the page was drawn: pressed twice, it is done once.
        is_fresh = values.get("was") == str(found.refunded)
        if part is None or not is_fresh or found.refunded + part > found.amount:
            return False
        refunded = found.refunded + part
        to = "REFUNDED" if refunded == found.amount else "APPROVED"
    return book.change(
        found.id,
        only=only,
        to=to,
        now=clock.now().timestamp(),
        refunded=refunded,
        reason=REASONS.get(act, ""),
        was=found.refunded,
    )


def _amount(text: str) -> Decimal | None:
    """A positive amount with at most four decimals, with a comma or a point."""
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    if not amount.is_finite() or amount <= 0 or amount != round(amount, 4):
        return None
    return amount
