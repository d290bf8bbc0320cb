"""Pages of mail that is being sent go on until they show how it ended, drawn in this process."""

from __future__ import annotations

import secrets

import pytest
import sqlalchemy as sa

from cartera import clock
from cartera.mail.outgoing import Content, Draft
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import mailings, outbox
from cartera.store.schema import messages
from tests.streamlit_app.staff.drawn import Pages

AGAIN = "data-again"
CONTENT = Content("Cuenta de {cliente}", "<p>{saldo}</p>", ())


@pytest.mark.parametrize("path", ["/envios?mailing={}", "/envio-masivo?mailing={}"])
def test_a_message_that_leaves_while_the_page_is_drawn_is_shown_as_sent(
    pages: Pages, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    pages.enter()
    store = pages.home.store
    by, now = operator(COMPANY_ID), clock.now()
    key = secrets.token_hex(8)
    draft = Draft(key, "statement", PEDRO, f"{key}@example.com", "Pedro")
    what = {"kind": "statement", "content": CONTENT, "choice": {}, "drafts": [draft]}
    mailing = mailings.create(store, COMPANY_ID, **what, by=by, now=now)
    mailings.send(store, COMPANY_ID, mailing.public_id, by=by, now=now)
    read = outbox.list_messages

    def read_and_then_it_leaves(*arguments: object, **options: object) -> object:
        rows = read(*arguments, **options)  # type: ignore[arg-type]
        if not options.get("mailing"):  # invoices that wait are another list of the page
            return rows
        with store.write() as connection:
            which = messages.c.address == f"{key}@example.com"
            connection.execute(sa.update(messages).where(which).values(state="sent"))
        return rows

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "list_messages", read_and_then_it_leaves)
        assert AGAIN in pages.html(path.format(mailing.public_id))
    assert AGAIN not in pages.html(path.format(mailing.public_id))
