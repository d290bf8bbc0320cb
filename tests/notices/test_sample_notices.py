"""Notices of the sample company's clients: mails in the demo's mailbox, promises, the time line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from cartera import clock
from cartera.config import Company, Settings
from cartera.mail import texts
from cartera.mail.outgoing import Draft
from cartera.mail.sender import Sender
from cartera.mail.transports import folder
from cartera.notices import decisions, promises
from cartera.notices.terms import Notice, NoticeDocument, NoticeDraft
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import companies, links, notices, outbox, stopped
from cartera.store.client_story import Event
from cartera.timeline import Entry, timeline
from cartera.warehouse.reader import Reader
from tests.sample_home import SampleHome, build

HERE = operator(COMPANY_ID)
HOUR = timedelta(hours=1)


class Office:
    """The sample company, with what reads its figures and sends its mail into a folder."""

    def __init__(self, home: SampleHome) -> None:
        self.home = home
        self.store = home.store
        self.settings: Settings = home.settings.model_copy(update={"mail": "folder"})
        self.reader: Reader = home.reader()
        self.company: Company = companies.profile(home.settings, home.store, COMPANY_ID)
        self.today = clock.today(self.company.timezone)
        self.n = 0

    def wrote(self, kind: str, *, contact: str = "pedro@cliente.co", client_id: str = PEDRO,
              now: datetime | None = None, **said: object) -> Notice:  # fmt: skip
        self.n += 1
        link = self.home.link(client_id, contact=contact).link
        draft = NoticeDraft(kind, key=f"{self.n:016}", **said)  # type: ignore[arg-type]
        return notices.add(self.store, link, draft, language="es", now=now or clock.now())

    def documents(self, client_id: str = PEDRO) -> tuple[NoticeDocument, ...]:
        found = self.reader.open_documents(COMPANY_ID, as_of=self.today, client_id=client_id)
        return tuple(
            NoticeDocument(one.document_id, one.number, one.open)
            for one in found.rows
            if one.open > 0
        )

    def send(self) -> dict[str, int]:
        return dict(Sender(self.settings, self.store, self.reader).run().counts)

    def mail(self, address: str) -> outbox.Message:
        return outbox.list_messages(self.store, COMPANY_ID, text=address)[0]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(build(tmp_path_factory.mktemp("sample") / "home"))


def test_an_answer_arrives_with_a_link_that_opens_whoever_unsubscribed(office: Office) -> None:
    notice = office.wrote("comment", text="¿Me envían {saldo}?")
    (old,) = outbox.queue(
        office.store, COMPANY_ID,
        [Draft("s1", "statement", PEDRO, "pedro@cliente.co",
               content=texts.default("statement", "es"))],
        by=HERE, now=clock.now(), state="draft",
    )  # fmt: skip
    stopped.unsubscribe(office.store, old, now=clock.now())
    decisions.answer(
        office.store, office.company, notice.public_id, "Claro que sí: {saldo}", by=HERE,
        now=clock.now(),
    )  # fmt: skip
    assert office.send() == {"sent": 1}
    box = folder.box(office.settings, COMPANY_ID)
    name = folder.messages(box)[0].name
    letter = folder.read(box, name)
    assert letter["To"].addresses[0].addr_spec == "pedro@cliente.co"
    assert letter["Subject"].endswith("sobre lo que nos escribió")
    assert letter["List-Unsubscribe"] is None
    plain = letter.get_body(("plain",)).get_content()
    assert "Claro que sí: {saldo}" in plain
    assert "¿Me envían {saldo}?" in plain
    token = re.search(r"/e/([\w-]{20,})", plain)
    assert token is not None
    link = links.by_token(office.store, token[1])
    assert link is not None
    assert (link.client_id, links.state(link, clock.now())) == (PEDRO, "live")


def test_a_dead_address_gets_no_answer(office: Office) -> None:
    notice = office.wrote("comment", contact="nadie@cliente.co", text="Hola")
    with office.store.write() as connection:
        stopped.mark_dead(
            connection, office.store, COMPANY_ID, "nadie@cliente.co",
            detail="5.1.1", message_id=None, now=clock.now(),
        )  # fmt: skip
    decisions.answer(
        office.store, office.company, notice.public_id, "Hola", by=HERE, now=clock.now()
    )
    assert office.send() == {"skipped": 1}
    assert office.mail("nadie@cliente.co").reason == "dead"


def test_a_new_link_shows_no_figures(office: Office) -> None:
    content = texts.of(office.store, COMPANY_ID, "access", "es")
    draft = Draft("access:1", "access", PEDRO, "otro@cliente.co", content=content)
    outbox.queue(office.store, COMPANY_ID, [draft], by=HERE, now=clock.now())
    assert office.send() == {"sent": 1}
    sent = outbox.kept(office.store, COMPANY_ID, office.mail("otro@cliente.co").public_id)
    assert sent is not None
    assert b"abrir mi cuenta" in sent
    assert b"COP" not in sent
    assert b"application/pdf" not in sent


def test_promises_are_unpaid_once_their_day_is_over_and_something_is_open(office: Office) -> None:
    first, second, *_ = office.documents()
    gone = NoticeDocument("no-longer-there", "FE-0", Decimal(5))
    day = timedelta(days=1)
    found = [
        office.wrote("promise", documents=(first, gone), day=office.today - day),
        office.wrote("promise", documents=(first, second), day=office.today),
        office.wrote("promise", documents=(gone,), day=office.today - 5 * day),
        office.wrote("comment", text="Hola"),
    ]
    past = promises.unpaid(office.reader, office.company, found, as_of=office.today)
    assert past == {found[0].public_id: (first.number,)}
    tomorrow = office.today + day
    later = promises.unpaid(office.reader, office.company, found, as_of=tomorrow)
    assert set(later) == {found[0].public_id, found[1].public_id}


def test_the_time_line_is_all_there_is_in_order(office: Office) -> None:
    """Against a statement with everything in it, sorted by hand, and page by page."""
    now = clock.now()
    made = [office.wrote("comment", text=f"{n}", now=now - n * 700 * HOUR) for n in range(12)]
    statement = office.reader.statement(
        COMPANY_ID, PEDRO, as_of=office.today + timedelta(days=400), include_paid=True
    )
    items = [item for section in statement.sections for item in section.items]
    zone = ZoneInfo(office.company.timezone)

    def key(entry: Entry) -> tuple[datetime, str]:
        of = entry.of
        return entry.at, of.key if isinstance(of, Event) else of.item_id

    def pages(size: int) -> list[Entry]:
        found: list[Entry] = []
        while True:
            page = timeline(
                office.store, office.reader, office.company, PEDRO, offset=len(found), limit=size
            )
            if not page.entries:
                assert len(found) == page.count
                return found
            found += page.entries

    whole = pages(1_000)
    assert [one.at for one in whole] == sorted((one.at for one in whole), reverse=True)
    assert pages(7) == whole
    shown = {key(entry) for entry in whole}
    midnight = [
        (datetime.combine(item.issue_date, time(), zone).astimezone(UTC), item.document_id)
        for item in items
    ]
    assert len(midnight) > 5
    assert set(midnight) <= shown
    assert {(one.created_at, one.public_id) for one in made} <= shown
    booked = [entry for entry in whole if not isinstance(entry.of, Event)]
    assert len(booked) == len(items)
