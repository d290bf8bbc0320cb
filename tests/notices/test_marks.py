"""What clients announce stands on the statement's documents, and changes none of its figures."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cartera import clock
from cartera.notices.terms import NoticeDocument, NoticeDraft
from cartera.people import operator
from cartera.render.html import to_html
from cartera.sample import COMPANY_ID, PEDRO
from cartera.statement import to_json
from cartera.store import companies, links, notices
from cartera.warehouse.reader import Reader
from tests.sample_home import build

DAY = timedelta(days=1)


@pytest.fixture
def home(tmp_path):
    home = build(tmp_path / "home")
    yield home
    home.store.close()


def test_marks_are_on_every_statement_and_no_figure_moves(home):
    store, now = home.store, clock.now()
    company = companies.profile(home.settings, store, COMPANY_ID)
    today = clock.today(company.timezone)
    reader = Reader(home.settings, store)

    def seen(day=today):
        return reader.statement(COMPANY_ID, PEDRO, as_of=day)

    before = seen()
    (section,) = before.sections
    first, second, third = [i for i in section.items if i.open > 0 and not i.disputed][:3]
    link = links.create(
        store, company_id=COMPANY_ID, client_id=PEDRO, days=9, by=operator(COMPANY_ID), now=now
    ).link

    def say(kind, item, **more):
        document = NoticeDocument(item.document_id, item.number, item.open)
        draft = NoticeDraft(kind, f"{kind}-0123456789", (document,), **more)
        return notices.add(store, link, draft, language="es", now=now)

    made = say(
        "payment", first, amount=first.open, currency=section.currency, day=today, method="cash"
    )
    say("promise", second, day=today + 4 * DAY)
    say("dispute", third, reason="amount")
    marked = {item.document_id: item for item in seen().sections[0].items}
    assert marked[first.document_id].reported
    assert marked[second.document_id].promised == today + 4 * DAY
    assert marked[third.document_id].disputed
    assert not any(seen(today - DAY).sections[0].items[n].reported for n in range(3))
    mailed = reader.accounts(company, [PEDRO], as_of=today).statements[PEDRO]
    assert mailed is not None
    assert {i.document_id: i.reported for i in mailed.sections[0].items}[first.document_id]

    plain = to_json(before)["sections"][0]
    now_said = to_json(seen())["sections"][0]
    figures = [name for name in plain if name != "items"]
    assert {name: plain[name] for name in figures} == {name: now_said[name] for name in figures}
    html = to_html(seen())
    assert "Pago reportado, por confirmar" in html
    assert "Pago prometido para el" in html
    # Rejected: as if nothing had been said.
    notices.decide(
        store, COMPANY_ID, made.public_id, "rejected", text="no llegó", by=operator(COMPANY_ID),
        now=now,
    )  # fmt: skip
    assert not any(item.reported for item in seen().sections[0].items)
