"""Reminders of the sample company, through the composer that sends them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from cartera import clock
from cartera.mail import texts
from cartera.mail.outgoing import About, Composed, Content, Order, Skip
from cartera.mail.reminded import MOST_ROWS
from cartera.people import operator
from cartera.render.text import clip
from cartera.sample import COMPANY_ID
from cartera.store import pauses
from tests.mail.orders import LINK
from tests.mail.test_sample_mails import Office, office  # noqa: F401  # fixture

HERE = operator(COMPANY_ID)


def late(office: Office) -> dict[str, dict[str, str]]:  # noqa: F811
    """Clients with something overdue in one currency in which they owe: documents and numbers."""
    found: dict[str, dict[str, str]] = {}
    for row in office.reader.clients(COMPANY_ID, as_of=office.today, only="overdue").rows:
        statement = office.reader.statement(COMPANY_ID, row.client_id, as_of=office.today)
        documents = {
            item.document_id: item.number
            for section in statement.sections
            for item in section.items
            if section.total > 0
            and item.open > 0
            and item.overdue
            and not item.disputed
            and not item.instalments
        }
        if documents:
            found[row.client_id] = dict(list(documents.items())[:MOST_ROWS])
    return found


def order(client_id: str, *documents: str, **changes: object) -> Order:
    content = replace(
        texts.default("reminder-first", "es"), documents=tuple(map(About, documents)), **changes
    )  # type: ignore[arg-type]
    return Order("reminder", client_id, "", "a@b.co", "es", content, LINK)


def test_every_late_client_is_reminded_of_its_documents_and_no_other(office: Office) -> None:  # noqa: F811
    clients = late(office)
    assert len(clients) > 5
    orders = [order(client, *documents, statement=False) for client, documents in clients.items()]
    for client, made in zip(clients, office.compose(*orders), strict=True):
        assert isinstance(made, Composed), made
        assert not {n for n in map(clip, clients[client].values()) if n not in made.text}
        assert made.text.count("vencimiento") == len(clients[client])
        assert made.publication_id is not None


def test_a_document_of_another_client_is_none_of_this_ones(office: Office) -> None:  # noqa: F811
    (first, _), (_, theirs), *_ = late(office).items()
    assert office.compose(order(first, *theirs)) == [Skip("nothing_due")]


def test_a_pause_is_looked_at_when_the_message_is_written(office: Office) -> None:  # noqa: F811
    (client, documents), (other, others), *_ = late(office).items()
    made = pauses.pause(
        office.home.store, COMPANY_ID, client, until=date(2999, 1, 1), by=HERE, now=clock.now()
    )
    try:
        both = office.compose(order(client, *documents), order(other, *others))
        assert both[0] == Skip("nothing_due")
        assert isinstance(both[1], Composed)
    finally:
        pauses.resume(office.home.store, COMPANY_ID, made.public_id, by=HERE, now=clock.now())
    assert isinstance(office.compose(order(client, *documents))[0], Composed)


def test_a_notice_needs_no_client_beside_others_and_alone(office: Office) -> None:  # noqa: F811
    (client, documents), *_ = late(office).items()
    notice = Order("notice", "", "Ana", "ana@b.co", "es", Content("Resumen", "<p>Hola</p>"), "")
    alone = office.compose(notice)
    beside = office.compose(order(client, *documents), notice)
    assert isinstance(alone[0], Composed)
    assert isinstance(beside[0], Composed)
    assert beside[1] == alone[0]
    assert (alone[0].subject, alone[0].publication_id) == ("Resumen", None)
