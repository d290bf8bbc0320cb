"""Homes as older code left them, opened by today's: the same figures, counts, links and tables.

Each archive beside this file is a home made by the code that it is named for (`make.py`), with
what that code said of it. An archive that is added is tested by being there.
"""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from cartera.config import Settings
from cartera.store import schema, users
from cartera.store.db import Store, newest_version
from cartera.warehouse import lake, lake_versions
from cartera.warehouse.reader import Reader
from streamlit_app.client import account, app, limits
from streamlit_app.shared import services
from streamlit_app.shared.gate import Gate
from tests.bounds import EVERY_HOME
from tests.homes import packing
from tests.homes.books import COMPANIES, LATER, write
from tests.homes.conftest import ARCHIVES, ENDS, name_of
from tests.homes.opened import Home, differences
from tests.homes.said import figures, lists
from tests.ledger.lakes import Lake, dump


def test_the_first_command_that_reads_it_answers(old: Home) -> None:
    """Whoever upgraded need not know that figures are computed again."""
    before = old.said["said"][COMPANIES[0]]["figures"]["aging 2026-06-10 due_date"]
    code, out = old.first
    assert code == 0
    assert differences(before, json.loads(out)) == []


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


@pytest.mark.full
@pytest.mark.parametrize("old", ARCHIVES if EVERY_HOME else ENDS[:1], indirect=True, ids=name_of)
def test_the_next_load_works_and_is_what_a_rebuild_gives(copy: Home, tmp_path: Path) -> None:
    """Of every home by `make prove`; in a run of the oldest."""
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
    with lake.connect(old.settings, read_only=True) as connection:
        assert lake_versions.version_of(connection) == lake_versions.newest()
    new.store.close()


def test_archives_are_small_and_name_no_machine() -> None:
    """`make.py` refuses a home that names the machine that it is made on; here it is another's."""
    assert sum(path.stat().st_size for path in packing.kept()) < 1_500_000
    names = (str(Path.home()), str(Path.cwd()), socket.gethostname())
    for path in packing.kept():
        assert path.stat().st_size < 300_000
        found = packing.contents(path)
        assert {"said.json", "home/store.sqlite", "home/catalog.sqlite"} <= set(found)
        assert [name for name, text in found.items() if packing.named(text, names)] == []
