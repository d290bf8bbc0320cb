"""Pages that say one thing about a payment: where it goes on, and why it cannot."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from cartera.gateways.base import Gateway
from cartera.online.cards import favour, named
from cartera.online.terms import OnlinePayment
from cartera.render.html import Choice
from cartera.render.text import clip, safe_url
from cartera.render.words import Words
from streamlit_app.client import pay_links
from streamlit_app.client.desk import Desk
from streamlit_app.client.pay_page import rendered


@dataclass(frozen=True, slots=True)
class Note:
    """What the template shows; `posts` are buttons that change something."""

    title: str
    lines: tuple[str, ...]
    warning: str = ""
    go: Choice | None = None
    posts: tuple[Choice, ...] = ()
    back: Choice | None = None


def going(desk: Desk, payment: OnlinePayment, gateway: Gateway) -> Response:
    """The page that leads on to the gateway by itself, and by its button where a browser waits.

    A form that were answered with the gateway's address would have to name, in this site's
    `form-action`, every host that the gateway may lead on to: browsers hold all of them against it.
    """
    words = Words.of(desk.statement)
    url = safe_url(payment.url)
    note = Note(
        words.t("On to {gateway}", gateway=gateway.title),
        (
            words.t(
                "You pay {amount} there. Afterwards you come back here by yourself.",
                amount=words.amount(payment.amount, payment.currency),
            ),
            *filter(None, (_with_favour(payment, words),)),
        ),
        words.t("A simulation: no money moves.") if gateway.is_simulation else "",
        Choice(words.t("Go on to pay"), url),
        back=_back(desk, words),
    )
    answer = _page(desk, note, 200)
    answer.headers["Refresh"] = f"0; url={url}"
    return answer


def resume(desk: Desk, payment: OnlinePayment) -> Response:
    """A payment that was begun, and nobody ever got the gateway's address of it."""
    words = Words.of(desk.statement)
    return _page(
        desk,
        Note(
            words.t("Your payment of {amount}", amount=_amount(payment, words)),
            (
                words.t("You began it, and it was not paid."),
                *filter(None, (named(payment), favour(payment, words))),
            ),
            posts=(_post(desk, pay_links.RESUME, payment, words.t("Go on to pay"), first=True),),
            back=_back(desk, words),
        ),
        200,
    )


def taken(desk: Desk, payment: OnlinePayment, *, can_end: bool) -> Response:
    """A document is being paid already."""
    words = Words.of(desk.statement)
    is_open = payment.state == "pending" and not payment.said
    ends = (_post(desk, pay_links.END, payment, words.t("End that payment")),)
    return _page(
        desk,
        Note(
            words.t("A payment is under way already"),
            (
                words.t(
                    "It is of {documents}, for {amount}. Nothing else was charged.",
                    documents=named(payment),
                    amount=_amount(payment, words),
                ),
            ),
            go=Choice(
                words.t("Go on with that payment"),
                pay_links.of_payment(
                    pay_links.GO, desk.link, payment.public_id, language=desk.asked.language
                ),
            )
            if is_open
            else None,
            posts=ends if can_end and is_open else (),
            back=_back(desk, words),
        ),
        409,
    )


def silent(desk: Desk) -> Response:
    """The gateway gave no address: nobody was charged."""
    words = Words.of(desk.statement)
    return _page(
        desk,
        Note(
            words.t("The payment service does not answer"),
            (words.t("Nothing was charged. Try again in a few minutes."),),
            go=Choice(words.t("Try again"), pay_links.pay(desk.link, language=desk.asked.language)),
            back=_back(desk, words),
        ),
        503,
    )


def stays(desk: Desk) -> Response:
    """It could not be ended."""
    words = Words.of(desk.statement)
    return _page(
        desk,
        Note(
            words.t("That payment cannot be ended any more"),
            (words.t("It is being paid, or it ended. Your account shows what became of it."),),
            back=_back(desk, words),
        ),
        409,
    )  # fmt: skip


def _with_favour(payment: OnlinePayment, words: Words) -> str:
    """The documents by name, where not all of them is paid there."""
    said = favour(payment, words)
    return f"{named(payment)}. {said}" if said else ""


def _amount(payment: OnlinePayment, words: Words) -> str:
    return words.amount(payment.amount, payment.currency)


def _post(
    desk: Desk, path: str, payment: OnlinePayment, name: str, *, first: bool = False
) -> Choice:
    address = pay_links.of_payment(path, desk.link, payment.public_id, language=desk.asked.language)
    return Choice(name, address, first)


def _back(desk: Desk, words: Words) -> Choice:
    return Choice(words.t("Back to your account"), desk.back())


def _page(desk: Desk, note: Note, status: int) -> Response:
    return rendered(
        desk, "client/pay_note.html", status, note=note, language=clip(desk.statement.language)
    )
