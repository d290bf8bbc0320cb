"""The client app's own database user: enough for the page, and not one column more."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from cartera.config import Settings
from cartera.mail.outgoing import Content, Draft
from cartera.notices.terms import NoticeDocument, NoticeDraft, Proof
from cartera.online import events, resolving
from cartera.online.asking import ask
from cartera.online.beginning import checkout
from cartera.online.terms import Line, OnlinePayment, PaymentDraft
from cartera.render.logo import read_logo
from cartera.store import (
    access_requests,
    audit,
    client_rights,
    companies,
    gateway_events,
    links,
    notice_holds,
    notices,
    online_changes,
    online_holds,
    online_payments,
    outbox,
    pay_settings,
    publications,
    stopped,
)
from cartera.store.db import Store, open_store
from cartera.store.drift import differences
from cartera.store.online_payments import Taken
from cartera.store.pay_settings import PaySettings
from tests.images import png
from tests.online import paper
from tests.people import ANA

pytestmark = [pytest.mark.postgres, pytest.mark.dialects]

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
GRANTS = Path(__file__).parents[2] / "docs" / "client_role.sql"
ROLE = "cartera_client"


@pytest.fixture
def owner(postgres_url: str, tmp_path: Path) -> Iterator[Store]:
    store = open_store(Settings(home=tmp_path, store=postgres_url))
    yield store
    store.close()


@pytest.fixture
def narrow(owner: Store, postgres_url: str, tmp_path: Path) -> Iterator[Store]:
    """The store as the client app opens it."""
    grants = [
        line.partition("--")[0].replace(":role", ROLE)
        for line in GRANTS.read_text(encoding="utf-8").splitlines()
    ]
    with owner.write() as connection:
        known = connection.execute(
            sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": ROLE}
        ).first()
        if not known:
            connection.exec_driver_sql(f"CREATE ROLE {ROLE} LOGIN")
        for grant in filter(str.strip, grants):
            connection.exec_driver_sql(grant)
    url = postgres_url.replace("cartera@", f"{ROLE}@")
    store = open_store(Settings(home=tmp_path, store=url))
    yield store
    store.close()


def test_it_can_do_all_that_a_page_needs(owner: Store, narrow: Store, tmp_path: Path) -> None:
    new = links.create(owner, company_id="main", client_id="C1", days=1, by=ANA, now=NOW)
    publications.publish(owner, snapshot_id=1, batch_seq=1)
    found = links.by_token(narrow, new.token)
    assert found is not None
    assert links.by_id(narrow, found.public_id) == found
    assert links.live_ids(narrow, [found.public_id], NOW) == {found.public_id}
    links.count_opens(narrow, {found.public_id: 2}, NOW)
    assert links.by_id(narrow, found.public_id).opens == 2  # type: ignore[union-attr]
    assert publications.current(narrow) is not None
    companies.save(owner, "main", {"name": "Otra"}, by=ANA, now=NOW)
    companies.save_logo(owner, "main", png(), by=ANA, now=NOW)
    company = companies.profile(Settings(home=tmp_path), narrow)
    assert (company.name, read_logo(company.logo) is not None) == ("Otra", True)


def test_it_can_compare_the_schema(narrow: Store) -> None:
    assert differences(narrow) == []


def test_it_can_do_all_that_a_client_may(owner: Store, narrow: Store) -> None:
    link = links.create(owner, company_id="main", client_id="C1", days=1, by=ANA, now=NOW).link
    document = NoticeDocument("D1", "F-1", Decimal(5))
    draft = NoticeDraft(
        "payment", "a-key-of-the-form", (document,), currency="COP", amount=Decimal(5),
        day=NOW.date(), method="cash", proof=Proof("a.png", "image/png", b"x"),
    )  # fmt: skip
    made = notices.add(narrow, link, draft, language="es", now=NOW)
    assert notices.add(narrow, link, draft, language="es", now=NOW) == made
    notices.answer(owner, "main", made.public_id, "Gracias", by=ANA, now=NOW)
    (found,) = notices.listed(narrow, "main", client_id="C1")
    assert (found.answers[0].text, found.proof is not None) == ("Gracias", True)
    assert notices.changed(narrow, "main", "C1") != ""
    held = notice_holds.holds(narrow, "main", NOW.date(), timezone="UTC", client_ids=["C1"])
    assert len(held["C1"]) == 1
    assert client_rights.of_client(narrow, "main", "C1").report
    assert notices.withdraw(narrow, link, made.public_id, now=NOW).state == "withdrawn"
    access_requests.ask(
        narrow, "main", link_id="", address="a@x.co", network="n", language="es", now=NOW
    )
    assert len(access_requests.waiting(owner)) == 1


def test_it_can_take_a_payment_to_the_gateway_and_ask(
    owner: Store, narrow: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = paper.install(monkeypatch, tmp_path / "paper")
    link = links.create(owner, company_id="main", client_id="C1", days=1, by=ANA, now=NOW).link
    pay_settings.save(owner, "main", PaySettings(gateways=(paper.NAME,)), by=ANA, now=NOW)
    shown = publications.publish(owner, snapshot_id=1, batch_seq=1)
    assert pay_settings.companies_paid(narrow) == ["main"]
    lines = (Line("D1", "F-1", Decimal(50)),)
    draft = PaymentDraft("a-key-of-the-form", paper.NAME, "COP", lines, 30)

    def begin(key: str) -> OnlinePayment:
        made = dataclasses.replace(draft, key=key)
        return online_payments.begin(
            narrow, link, made, publication_id=shown.id, language="es", now=NOW
        )

    begun = begin(draft.key)
    assert begin(draft.key) == begun
    with pytest.raises(Taken):
        begin("another-key-of-the-form")
    url = checkout(
        narrow, Settings(home=tmp_path).company_profile(), begun,
        return_url="https://x.example/", description="x", now=NOW,
    )  # fmt: skip
    assert url.endswith(begun.reference)
    assert online_payments.taken(narrow, "main", "C1") == {"D1": begun.public_id}
    held = online_holds.holds(narrow, "main", NOW.date(), timezone="UTC", client_ids=["C1"])
    assert [one.document_id for one in held["C1"]] == ["D1"]
    assert online_changes.changed_of(narrow, [("main", "C1")]) != {}
    body, headers = paper.event("e1", begun.reference, stand="approved", amount="50")
    for _ in range(2):
        events.take(narrow, "main", paper.NAME, body, headers, now=NOW)
    assert len(gateway_events.of_reference(narrow, "main", paper.NAME, begun.reference)) == 1
    assert not resolving.close(narrow, dataclasses.replace(begun, said="pending"), now=NOW)
    gateway.say(begun.reference, "declined", "50")
    payment = events.payment_of(narrow, "main", paper.NAME, begun.reference, "")
    assert payment is not None
    assert ask(narrow, payment, who="client", now=lambda: NOW).state == "declined"
    assert online_payments.taken(narrow, "main", "C1") == {}
    again = begin("another-key-of-the-form")
    gateway.say(again.reference, "open", "50")
    assert resolving.close(narrow, again, now=NOW)
    assert [one.state for one in online_payments.listed(narrow, "main", client_id="C1")] == [
        "closed", "declined",
    ]  # fmt: skip
    assert online_holds.booked(narrow, "main", [begun.public_id]) == set()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM users",
        "SELECT content FROM notice_files",
        "SELECT * FROM own_payments",
        "SELECT amount FROM own_payments",
        "UPDATE own_payments SET carried = revision",
        "UPDATE online_payments SET amount = '1'",
        "UPDATE online_payments SET lines = lines",
        "UPDATE online_payments SET expires_at = now()",
        "UPDATE online_payments SET decided_by = 'x'",
        "DELETE FROM online_payments",
        "UPDATE online_claims SET payment_id = 1",
        "SELECT body FROM gateway_events",
        "UPDATE gateway_events SET state = 'done'",
        "DELETE FROM gateway_events",
        "INSERT INTO own_payments (company_id) VALUES ('main')",
        "SELECT * FROM access_requests",
        "UPDATE notices SET amount = '1'",
        "DELETE FROM notices",
        "INSERT INTO notice_answers (text) VALUES ('x')",
        "UPDATE client_rights SET rights = rights",
        "SELECT * FROM sessions",
        "SELECT * FROM audit",
        "SELECT * FROM contacts",
        "SELECT * FROM messages",
        "SELECT * FROM message_contents",
        "UPDATE messages SET state = 'waiting'",
        "DELETE FROM stopped_addresses",
        "UPDATE company_settings SET value = value",
        "INSERT INTO links SELECT * FROM links",
        "UPDATE links SET token_hash = 'x'",
        "UPDATE links SET revoked_at = NULL",
        "UPDATE links SET expires_at = now() + interval '1 year'",
        "DELETE FROM links",
        "INSERT INTO publications (snapshot_id) VALUES (1)",
        "CREATE TABLE mine (id integer)",
        "CREATE ROLE another",
    ],
)
def test_it_can_do_nothing_else(narrow: Store, query: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        with narrow.write() as connection:
            connection.exec_driver_sql(query)


def test_it_can_unsubscribe_and_read_no_message(owner: Store, narrow: Store) -> None:
    draft = Draft(
        key="statement:1", kind="statement", client_id="C1", address="a@b.co",
        is_periodic=True, content=Content("Hola", "<p>Hola</p>"),
    )  # fmt: skip
    (public_id,) = outbox.queue(owner, "main", [draft], by=ANA, now=NOW)
    for _ in range(2):
        assert stopped.unsubscribe(narrow, public_id, now=NOW)
    found = stopped.unsubscribe_of(narrow, public_id)
    assert found is not None
    assert (found.address, found.state) == ("a@b.co", "unsubscribed")
    assert not stopped.unsubscribe(narrow, "0" * 32, now=NOW)
    assert audit.entries(owner, "main")[0].action == "mail.unsubscribed"
