"""Requests for a new link: answered by mail to who is known, told to staff of who is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cartera import clock
from cartera.mail.sender import run_all
from cartera.notices import access
from cartera.people import operator
from cartera.sample import COMPANY_ID, PEDRO
from cartera.store import access_requests, companies, contacts, links, messages, users
from cartera.store.notice_schema import access_requests as table
from cartera.warehouse.reader import Reader
from tests.sample_home import SampleHome, build

BY = operator(COMPANY_ID)
ADDRESS = "pedro.gomez@example.com"
DAY = timedelta(days=1)


class Office:
    def __init__(self, home: SampleHome) -> None:
        self.settings = home.settings.model_copy(update={"mail": "folder"})
        self.store, self.now, self.home = home.store, clock.now(), home
        self.reader = Reader(self.settings, self.store)

    def ask(self, address: str = ADDRESS, link_id: str = "", **more) -> None:
        values = {"network": "198.51.100.7", "language": "es", "now": self.now}
        access_requests.ask(
            self.store, COMPANY_ID, link_id=link_id, address=address, **(values | more)
        )

    def resolve(self) -> dict[str, int]:
        return dict(access.resolve(self.settings, self.store, self.reader, now=self.now))

    def mails(self, kind: str = "access") -> list[messages.Message]:
        return messages.list_messages(self.store, COMPANY_ID, kind=kind)  # type: ignore[arg-type]


@pytest.fixture
def office(tmp_path):
    home = build(tmp_path / "home")
    yield Office(home)
    home.store.close()


def test_the_holder_of_an_ended_link_gets_a_new_one_and_the_old_is_dead(office: Office):
    old = office.home.link(contact=ADDRESS).link
    office.ask(link_id=old.public_id)
    assert office.resolve() == {"mailed": 1}
    assert office.resolve() == {}
    (mail,) = office.mails()
    assert (mail.address, mail.client_id, mail.state) == (ADDRESS, PEDRO, "waiting")
    closed = links.by_id(office.store, old.public_id)
    assert closed is not None
    assert closed.revoked_by == "client"
    companies.save(office.store, COMPANY_ID, {"email": "cartera@empresa.co"}, by=BY, now=office.now)
    assert run_all(office.settings, office.store, office.reader).counts["sent"] == 1
    (mail,) = office.mails()
    fresh = links.by_id(office.store, mail.link_id or "")
    assert fresh is not None
    assert (fresh.client_id, fresh.contact) == (PEDRO, ADDRESS)
    assert links.state(fresh, clock.now()) == "live"


def test_another_clients_link_gives_no_access(office: Office):
    """Whoever holds a link of one client and has an address at another gets neither."""
    other = next(row.client_id for row in office.reader.find_clients(COMPANY_ID) if
                 row.client_id != PEDRO)  # fmt: skip
    held = office.home.link(other).link
    office.ask(link_id=held.public_id)
    assert office.resolve() == {"unknown": 1}
    assert office.mails() == []
    found = links.by_id(office.store, held.public_id)
    assert found is not None
    assert found.revoked_at is None


def test_without_a_link_every_client_of_an_address_is_found(office: Office):
    everybody = [row.client_id for row in office.reader.find_clients(COMPANY_ID, limit=60)]
    more = [c for c in everybody if c != PEDRO][:6]
    for client_id in more:
        contacts.save(office.store, COMPANY_ID, client_id, ADDRESS.upper(), by=BY, now=office.now)
    office.ask("Pedro.Gomez@example.com")
    assert office.resolve() == {"mailed": 1}
    found = {mail.client_id for mail in office.mails()}
    assert len(found) == access.MOST_CLIENTS
    assert found <= {PEDRO, *more}


def test_who_was_removed_is_unknown_and_part_of_an_address_is_no_address(office: Office):
    contacts.remove(office.store, COMPANY_ID, PEDRO, ADDRESS, by=BY, now=office.now)
    office.ask()
    office.ask("gomez@example.com")
    office.ask("example.com@example.org")
    assert office.resolve() == {"unknown": 3}
    assert office.mails() == []


def test_staff_are_told_of_unknown_addresses_once_a_day(office: Office):
    users.create(
        office.store, login="ana", name="Ana", email="ana@empresa.co", role="administrator",
        company_id=COMPANY_ID, password="una clave larga 123", by=BY, now=office.now,
    )  # fmt: skip
    for n in range(5):
        office.ask(f"nadie{n}@example.org")
    assert office.resolve() == {"unknown": 5}
    (mail,) = office.mails("notice")
    assert mail.address == "ana@empresa.co"
    assert len(access_requests.listed(office.store, COMPANY_ID, states=["unknown"])) == 5
    seen = access_requests.listed(office.store, COMPANY_ID)[0]
    done = access_requests.mark_seen(
        office.store, COMPANY_ID, seen.public_id, by=BY, now=office.now
    )
    assert done.state == "seen"
    assert access_requests.count(office.store, COMPANY_ID, states=["unknown"]) == 4


def test_an_address_and_a_link_get_few_mails_a_day(office: Office):
    for _ in range(access_requests.MOST_BY_ADDRESS + 4):
        office.ask()
    assert office.resolve() == {"mailed": access_requests.MOST_BY_ADDRESS, "limited": 4}
    assert len(office.mails()) == access_requests.MOST_BY_ADDRESS
    # The day after it may ask again.
    with office.store.write() as connection:
        connection.execute(sa.update(table).values(answered_at=office.now - DAY))
    office.ask()
    assert office.resolve() == {"mailed": 1}


def test_other_companies_clients_are_not_found(office: Office):
    access_requests.ask(
        office.store, "other", link_id="", address=ADDRESS, network="x", language="es",
        now=office.now,
    )  # fmt: skip
    held = office.home.link().link
    access_requests.ask(
        office.store, "other", link_id=held.public_id, address=ADDRESS, network="x",
        language="es", now=office.now,
    )  # fmt: skip
    assert office.resolve() == {"unknown": 2}
