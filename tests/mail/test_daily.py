"""The daily mail: to whom, when, once, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cartera import clock
from cartera.i18n import LANGUAGES, Translator
from cartera.mail import daily, day_words
from cartera.mail.daily import Day
from cartera.mail.outgoing import Content
from cartera.people import operator
from cartera.reminders.rules import Policy
from cartera.sample import COMPANY_ID
from cartera.store import companies, outbox, reminder_policy, users
from cartera.store.mail_day import Lost, MailDay, Waits
from cartera.store.messages import Message
from cartera.warehouse.reader import Reader
from tests.mail.orders import make_company
from tests.sample_home import SampleHome, build
from tests.store import changed
from tests.store.mails import a_draft
from tests.store.mails import put as put_in

HERE = operator(COMPANY_ID)
#: In Bogotá: Thursday, Friday and Tuesday at 09:00; the Monday between them is a holiday.
THURSDAY = datetime(2027, 6, 3, 14, tzinfo=UTC)
FRIDAY, TUESDAY = (THURSDAY + timedelta(days=n) for n in (1, 5))
HOUR = timedelta(hours=1)
NOTHING = MailDay({}, 0, 0, (), (), 0, 0)


@dataclass
class Office:
    home: SampleHome
    reader: Reader

    def queue(self, now: datetime) -> int:
        home = self.home
        return daily.queue(home.settings, home.store, self.reader, COMPANY_ID, now=now)

    def due(self, now: datetime) -> list[str]:
        return daily.due(self.home.settings, self.home.store, now=now)

    @property
    def notices(self) -> list[Message]:
        return outbox.list_messages(self.home.store, COMPANY_ID, kind="notice")


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = build(tmp_path_factory.mktemp("daily") / "home")
    for login in ("ana", "luis"):
        users.create(
            home.store, login=login, name=login.title(), role="reader", company_id=COMPANY_ID,
            password=None, email=f"{login}@empresa.co", by=HERE, now=THURSDAY,
        )  # fmt: skip
    users.set_daily_mail(home.store, COMPANY_ID, "ana", True, HERE, THURSDAY)
    # Something that needs a person: there is a mail to write.
    (unsure,) = outbox.queue(home.store, COMPANY_ID, [a_draft()], by=HERE, now=THURSDAY)
    put_in(home.store, unsure, state="unknown")
    yield Office(home, home.reader())
    home.store.close()


def test_once_a_working_day_from_the_hour_on_to_who_wants_it(office: Office) -> None:
    assert office.due(THURSDAY - timedelta(minutes=1)) == []
    assert office.queue(THURSDAY - timedelta(minutes=1)) == 0
    assert office.due(THURSDAY) == [COMPANY_ID]
    assert office.queue(THURSDAY) == 1
    assert office.due(THURSDAY + timedelta(hours=3)) == []
    assert office.queue(THURSDAY + timedelta(hours=3)) == 0
    (mail,) = office.notices
    assert (mail.address, mail.contact, mail.client_id) == ("ana@empresa.co", "Ana", "")
    assert mail.key == "notice:daily:ana:2027-06-03"
    # Saturday, Sunday and a holiday have none; a machine that was off in the morning makes it up.
    for days in (2, 3, 4):
        assert office.queue(THURSDAY + timedelta(days=days)) == 0
    assert office.queue(TUESDAY + timedelta(hours=6)) == 1


def test_cut_off_before_the_day_is_noted_it_writes_to_nobody_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(daily.progress, "advance", _dies)
        with pytest.raises(KeyboardInterrupt):
            office.queue(THURSDAY)
    assert office.queue(THURSDAY) == 0
    assert len(office.notices) == 1


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_it_tells_what_was_sent_since_the_last_one(office: Office) -> None:
    store = office.home.store
    office.queue(THURSDAY)
    (first,) = office.notices
    early, late = outbox.queue(store, COMPANY_ID, [a_draft(2), a_draft(3)], by=HERE, now=FRIDAY)
    put_in(store, first.public_id, state="sent", sent_at=THURSDAY + HOUR)
    put_in(store, early, state="sent", sent_at=THURSDAY - HOUR)
    put_in(store, late, state="sent", sent_at=THURSDAY + HOUR)
    company = companies.profile(office.home.settings, store, COMPANY_ID)
    found = daily.gather(office.home.settings, store, office.reader, company, now=FRIDAY)
    assert (found.since, found.day) == (THURSDAY, date(2027, 6, 4))
    assert found.mail.sent == {"statement": 1}  # of clients, and since then
    assert office.queue(FRIDAY) == 1
    assert "Estados de cuenta: 1" in (office.notices[0].content or Content("", "")).body


def test_nothing_to_say_is_not_said_and_the_day_is_done(office: Office) -> None:
    (unsure,) = outbox.list_messages(office.home.store, COMPANY_ID)
    put_in(office.home.store, unsure.public_id, state="delivered")
    assert office.queue(THURSDAY) == 0
    assert office.due(THURSDAY) == []


def test_old_payment_data_is_said_while_reminders_are_on(office: Office) -> None:
    store = office.home.store
    company = companies.profile(office.home.settings, store, COMPANY_ID)
    now = clock.now() + timedelta(days=30)  # the sample was loaded today

    def found() -> Day:
        return daily.gather(office.home.settings, store, office.reader, company, now=now)

    assert not found().is_stale
    reminder_policy.save(store, COMPANY_ID, Policy(is_on=True), by=HERE, now=now)
    said = found()
    assert said.is_stale
    assert said.payments_on is not None
    words = day_words.content(said, company, Translator("es", "CO"), "https://x.co").body
    assert "los recordatorios esperan" in words


def test_changed_figures_that_nobody_saw_are_said(office: Office) -> None:
    changed.published(office.home.store, changed.comparison(COMPANY_ID), now=THURSDAY)
    assert office.queue(THURSDAY) == 1
    (mail,) = office.notices
    assert mail.content is not None
    assert "Una versión nueva cambió cifras" in mail.content.body


def test_a_company_that_writes_no_mail_writes_none_to_its_own(office: Office) -> None:
    companies.save(office.home.store, COMPANY_ID, {"is_on": False}, by=HERE, now=THURSDAY)
    assert office.due(THURSDAY) == []
    assert office.queue(THURSDAY) == 0


FULL = Day(
    day=date(2026, 11, 24),
    since=datetime(2026, 11, 23, 14, tzinfo=UTC),
    mail=MailDay(
        sent={"reminder": 12, "statement": 3, "invoice": 4, "receipt": 5},
        bounced=2,
        failed=1,
        lost=(Lost("C-<1>", "pagos@x.co"),),
        waiting=(Waits("window", 6, datetime(2026, 11, 25, 13, tzinfo=UTC)),),
        in_doubt=7,
        held=8,
    ),
    no_contact=9,
    reminders_wait=10,
    is_stale=True,
    payments_on=date(2026, 11, 18),
    unsent=11,
    refused_rows=13,
    waiting_rows=14,
    has_unseen_figures=True,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_is_said_with_where_to_look(language: str) -> None:
    tr = Translator(language, "CO")
    said = day_words.content(FULL, make_company(), tr, "https://cartera.co")
    for figure in range(1, 15):
        assert f": {figure}" in said.body.replace(",", "<")
    assert tr.day(FULL.payments_on) in said.body
    assert f"{tr.day(date(2026, 11, 25))} 08:00" in said.body  # the company's own time
    assert "C-&lt;1&gt;" in said.body
    assert 'href="https://cartera.co/envios?state=problems"' in said.body
    assert 'href="https://cartera.co/cifras"' in said.body


def test_what_is_nothing_is_not_said() -> None:
    empty = Day(FULL.day, FULL.since, NOTHING)
    assert empty.is_empty
    assert day_words.content(empty, make_company(), Translator("es"), "").body == ""
    one = replace(empty, unsent=1)
    assert not one.is_empty
    said = day_words.content(one, make_company(), Translator("es"), "").body
    assert (said.count("<h3>"), said.count("<li>")) == (1, 1)
