"""A composer without figures, for tests of what happens to messages and not of what they say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cartera.config import Company
from cartera.errors import CarteraError
from cartera.mail.outgoing import Attachment, Composed, Order, Skip
from cartera.mail.profile import MailProfile


class PlainComposer:
    """Says hello; a client called `skip-REASON` is skipped, `wrong` cannot be composed."""

    def __init__(self) -> None:
        self.orders: list[Order] = []

    def compose(
        self, company: Company, profile: MailProfile, orders: Sequence[Order], *, as_of: date
    ) -> list[Composed | Skip | CarteraError]:
        self.orders += orders
        return [self._one(company, order, as_of) for order in orders]

    def _one(self, company: Company, order: Order, as_of: date) -> Composed | Skip | CarteraError:
        if order.client_id.startswith("skip-"):
            return Skip(order.client_id.removeprefix("skip-"))
        if order.client_id == "wrong":
            return CarteraError("there is no such thing")
        file = Attachment("Estado de cuenta.pdf", "application/pdf", b"%PDF-1.7\n" + bytes(2000))
        return Composed(
            subject=f"{order.content.subject} {order.client_id}",
            text=f".Hola {order.contact}\n.\nSu página: {order.link}\nñ {order.unsubscribe}\n",
            html=f'<p>Hola</p><a href="{order.link}">Ver</a>',
            attachments=(file,),
            as_of=as_of,
            publication_id=7,
        )
