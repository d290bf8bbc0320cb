"""Homes as older code left them, opened by today's: the same figures and links, no mail twice.

Each archive beside this file is a home made by the code that it is named for (`make.py`), with
what that code said of it. An archive that is added is tested by being there.
"""

from __future__ import annotations

import shutil
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from cartera import clock
from cartera.config import Settings
from cartera.mail import invoices
from cartera.mail.sender import Sender
from cartera.mail.transports import folder
from cartera.reminders.run import remind
from cartera.schedules.run import run_due
from cartera.store import schema, users
from cartera.store.db import Store, newest_version, open_store
from cartera.warehouse import lake
from cartera.warehouse.reader import Reader
from streamlit_app.client import account, app, limits
from streamlit_app.shared import services
from streamlit_app.shared.gate import Gate
from tests.cli.conftest import Cartera, Outcome
from tests.homes import packing
from tests.homes.books import COMPANIES, LATER, write
from tests.homes.said import figures, lists
from tests.ledger.lakes import Lake, dump

ARCHIVES = packing.kept()
#: The oldest and the newest home are opened in every run; between them few things can break alone.
BETWEEN = ARCHIVES[1:-1]


@dataclass(frozen=True)
class Home:
    """A kept home, opened; `first` is what the first command on it came to."""

    folder: Path
    said: dict[str, Any]
    first: Outcome

    @property
    def now(self) -> datetime:
        """An hour after it was left: the same day, when people may still be reminded."""
        return datetime.fromisoformat(self.said["made_at"]) + timedelta(hours=1)

    @property
    def settings(self) -> Settings:
        return Settings(home=self.folder)

    @property
    def command(self) -> Cartera:
        return Cartera(self.folder)


def on_that_day(patch: pytest.MonkeyPatch, now: datetime) -> None:
    patch.setenv("CARTERA_TODAY", now.date().isoformat())
    patch.setenv("CARTERA_MAIL", "folder")
    patch.setattr(clock, "now", lambda: now)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(path, marks=[pytest.mark.slow] if path in BETWEEN else []) for path in ARCHIVES
    ],
    ids=[path.name.removesuffix(packing.ENDING) for path in ARCHIVES],
)
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home, brought up to date as a person would: by using it. Nobody changes it."""
    unpacked = packing.unpack(request.param, tmp_path_factory.mktemp("old"))
    home = Home(unpacked, packing.said(request.param), Outcome(1, "", ""))
    with pytest.MonkeyPatch.context() as patch:
        on_that_day(patch, home.now)
        first = home.command("aging", "--company", COMPANIES[0])
        assert home.command("refresh").code == 0
    return Home(unpacked, home.said, first)


@pytest.fixture(autouse=True)
def _that_day(home: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "old" in request.fixturenames:
        on_that_day(monkeypatch, request.getfixturevalue("old").now)


@pytest.fixture
def copy(old: Home, tmp_path: Path) -> Home:
    """One to change."""
    mine = tmp_path / "copy"
    shutil.copytree(old.folder, mine, symlinks=True)
    return Home(mine, old.said, old.first)


@pytest.fixture
def store(old: Home) -> Iterator[Store]:
    opened = open_store(old.settings)
    yield opened
    opened.close()


def differences(before: Any, after: Any, path: str = "") -> list[str]:
    """Where something that was said is not said any more; what is new in an answer is no matter."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            found
            for name, value in before.items()
            for found in (
                differences(value, after[name], f"{path}/{name}")
                if name in after
                else [f"{path}/{name}: gone"]
            )
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [found for n, (a, b) in pairs for found in differences(a, b, f"{path}/{n}")]
    return [] if before == after else [f"{path}: {before!r} is now {after!r}"]


def test_the_first_command_that_reads_it_answers(old: Home) -> None:
    assert (old.first.code, old.first.err) == (0, "")


@pytest.mark.parametrize("company", COMPANIES)
def test_every_figure_is_as_it_was(old: Home, store: Store, company: str) -> None:
    now = figures(Reader(old.settings, store), company)
    assert differences(old.said["said"][company]["figures"], now) == []


@pytest.mark.parametrize("company", COMPANIES)
def test_counts_refused_rows_and_links_are_as_they_were(old: Home, company: str) -> None:
    before = old.said["said"][company]
    now = lists(old.command.json, company, has_mail=True)
    counted = ("tables", "receivables", "rejected", "waiting", "warnings", "last_loads")
    for name in counted:
        assert differences(before["status"][name], now["status"][name]) == []
    # Sentences are for people and may be written better; the codes are what other programs read.
    refused = ("state", "table", "file", "row", "codes", "record")
    assert [{name: row[name] for name in refused} for row in before["rejects"]] == [
        {name: row[name] for name in refused} for row in now["rejects"]
    ]
    assert differences(before["links"], now["links"]) == []
    assert differences(before["mail"], now["mail"]) == []


def test_check_is_clean(old: Home) -> None:
    for company in COMPANIES:
        done = old.command("check", "--company", company)
        assert (done.code, done.err) == (0, "")


@pytest.fixture
def browser(old: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The client app's own routes over that home."""
    monkeypatch.setenv("CARTERA_HOME", str(old.folder))
    for forget in (services.services.cache_clear, account.forget, limits.forget):
        forget()
    plain = Starlette(
        routes=app.routes(), middleware=[Middleware(Gate, policy=app.policy(secure=False))]
    )
    yield TestClient(plain, base_url="http://portal.test", follow_redirects=True)
    services.services().store.close()
    services.services.cache_clear()


def test_links_open_what_they_opened_and_closed_ones_nothing(
    old: Home, browser: TestClient
) -> None:
    links = old.said["links"]
    page = browser.get(f"/e/{links['live']['token']}")
    assert page.status_code == 200
    assert "Ferretería El Tornillo" in page.text
    (section,) = old.said["said"]["norte"]["figures"]["C1 open 2026-06-10"]["sections"]
    owed = [item for item in section["items"] if item["status"] in ("open", "partial")]
    assert owed
    for item in owed:
        assert item["number"] in page.text
    for name, company in (("revoked", "Papelería"), ("expired", "Lakeside")):
        refused = browser.get(f"/e/{links[name]['token']}")
        assert (refused.status_code, company in refused.text) == (410, False)


def test_staff_sign_in_with_the_password_they_had(old: Home, store: Store) -> None:
    ana = users.by_password(store, "ana", old.said["password"])
    assert ana is not None
    assert (ana.name, ana.company_id, ana.role) == ("Ana Ruiz", "norte", "administrator")


def pass_of_the_pipeline(home: Home, store: Store) -> None:
    """Everything that writes to clients by itself, and the sender."""
    reader, now = Reader(home.settings, store), home.now
    for company in COMPANIES:
        invoices.queue_new(home.settings, store, reader, company, now=now)
        remind(home.settings, store, reader, company, now=now)
    run_due(home.settings, store, reader, now=now)
    Sender(home.settings, store, reader, now=lambda: now).run()


def letters(home: Home) -> dict[str, bytes]:
    """What lies in the companies' boxes."""
    boxes = [folder.box(home.settings, company) for company in COMPANIES]
    return {path.stem: path.read_bytes() for box in boxes for path in box.glob("*.eml")}


def test_what_was_sent_stays_sent_and_what_waited_leaves_once(copy: Home) -> None:
    before = {row["message"]: row for row in copy.said["said"]["norte"]["mail"]}
    waiting = {name for name, row in before.items() if row["state"] == "waiting"}
    sent = letters(copy)
    store = open_store(copy.settings)
    pass_of_the_pipeline(copy, store)
    after = {
        row["message"]: row
        for row in copy.command.json("mail", "list", "--limit", "500", "--company", "norte")
    }
    assert set(after) == set(before)  # nobody is written to who was already
    unmoved = [name for name in before if name not in waiting]
    assert differences({n: before[n] for n in unmoved}, after) == []
    assert {after[name]["state"] for name in waiting} <= {"sent"}
    now = letters(copy)
    assert set(now) - set(sent) == waiting
    assert {name: now[name] for name in sent} == sent
    pass_of_the_pipeline(copy, store)
    store.close()
    assert letters(copy) == now


def test_a_run_that_was_sent_is_not_sent_again(copy: Home) -> None:
    if not any(row["state"] == "sent" for row in copy.said["said"]["norte"]["mail"]):
        assert letters(copy) == {}
        return
    sent = letters(copy)
    run = ("send", "--with-balance", "--run", "junio", "--yes", "--queue-only")
    assert copy.command(*run, "--company", "norte").code == 0
    rows = copy.command.json("mail", "list", "--limit", "500", "--company", "norte")
    known = {row["message"] for row in copy.said["said"]["norte"]["mail"]}
    # H1, who was made by hand and owes nothing, and whoever was there: nobody is new to that run.
    assert {row["message"] for row in rows} == known
    assert letters(copy) == sent


@pytest.mark.slow
def test_the_next_load_works_and_is_what_a_rebuild_gives(copy: Home, tmp_path: Path) -> None:
    loaded = copy.command.json("load", write(tmp_path / "later", LATER))
    assert Counter(one["rejected"] for one in loaded["files"]) == {0: len(LATER)}
    settings = copy.settings
    with lake.connect(settings, read_only=True) as connection:
        stepwise = dump(connection)
    assert copy.command("refresh", "--full").code == 0
    with lake.connect(settings, read_only=True) as connection:
        assert dump(connection) == stepwise
    for company in COMPANIES:
        assert copy.command("check", "--company", company).code == 0
    statement = copy.command.json("statement", "C4", "--company", "norte")
    assert [section["total"] for section in statement["sections"]] == ["1234.56"]
    # What waited for its document since the first load.
    waiting = copy.command.json("rejects", "--company", "norte")
    assert [row for row in waiting if row["state"] == "waiting"] == []


def test_store_is_as_a_new_one(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        assert context.get_current_revision() == newest_version()


def columns(settings: Settings) -> set[tuple[str, ...]]:
    """Every column of the lake with its type."""
    query = (
        "SELECT table_schema, table_name, column_name, data_type "
        "FROM information_schema.columns WHERE table_catalog = 'lake'"
    )
    with lake.connect(settings, read_only=True) as connection:
        return set(connection.execute(query).fetchall())


def test_lake_is_as_a_new_one(old: Home, tmp_path: Path) -> None:
    new = Lake(tmp_path / "new")
    assert columns(old.settings) == columns(new.settings)
    new.store.close()


def test_archives_are_small_and_name_no_machine() -> None:
    """`make.py` refuses a home that names the machine that it is made on; here it is another's."""
    assert sum(path.stat().st_size for path in ARCHIVES) < 1_500_000
    names = (str(Path.home()), str(Path.cwd()), socket.gethostname())
    for path in ARCHIVES:
        assert path.stat().st_size < 300_000
        found = packing.contents(path)
        assert {"said.json", "home/store.sqlite", "home/catalog.sqlite"} <= set(found)
        assert [name for name, text in found.items() if packing.named(text, names)] == []
