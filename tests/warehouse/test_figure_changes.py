"""Accounts that another version makes of the same rows otherwise: found, written, once.

The version before is played: the marts are as its models would have left them.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import astuple
from decimal import Decimal
from pathlib import Path

import pytest

from cartera import __version__
from cartera.config import Settings
from cartera.errors import RefreshFailed
from cartera.store import figure_changes, publications
from cartera.store.db import Store, open_store
from cartera.store.figure_changes import Comparison
from cartera.warehouse import figure_changes as comparing
from cartera.warehouse import lake
from cartera.warehouse import refresh as refreshing
from tests.ledger.lakes import built
from tests.python_path import ROOT
from tests.shared import made_once
from tests.warehouse.small import fill, write_tables

TODAY, MONTH_END = "2026-11-24", "2026-10-31"
PROFILES = """
[company.main]
name = "Uno"

[company.other]
name = "Otra"
aging_basis = "issue_date"
buckets = [15, 45]
"""
#: What the version before made of D1 (30 days overdue, of 1000).
LESS = "UPDATE lake.marts.open_items SET open_amount = open_amount - 100 WHERE item_id = 'D1'"
BACK = LESS.replace("- 100", "+ 100")


def _make(folder: Path) -> None:
    """Two companies, by this version."""
    home = built(folder / "home")
    (home / "cartera.toml").write_text(PROFILES, encoding="utf-8")
    settings = Settings(home=home, company="main")
    store = open_store(settings)
    rows = write_tables(
        folder / "in",
        clients="""
            company_id, client_id, name
            main,       C1,        Uno
            main,       C2,        Dos
            other,      C1,        Ajeno
        """,
        documents="""
            company_id, document_id, client_id, type, number, issue_date, due_date, total, currency
            main,  D1, C1, invoice, FV-1, 2026-10-01, 2026-10-25, 1000,  COP
            main,  D2, C2, invoice, FV-2, 2026-11-10, 2026-12-10, 250.5, USD
            main,  D3, C2, invoice, FV-3, 2026-11-10, 2026-12-10, 700,   COP
            other, D1, C1, invoice, OV-1, 2026-10-01, 2026-10-25, 77,    COP
        """,
    )  # fmt: skip
    fill(settings, store, rows)
    store.close()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CARTERA_TODAY", TODAY)
    return Settings(home=built(tmp_path / "home", made_once("compared", _make) / "home"))


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings)
    yield opened
    opened.close()


def change(settings: Settings, *statements: str) -> int:
    """What another version's models made of the marts; the snapshot."""
    connection = lake.connect(settings)
    for statement in statements:
        connection.execute(statement)
    snapshot = lake.last_snapshot(connection)
    connection.close()
    return snapshot


def before(settings: Settings, store: Store, *statements: str) -> publications.Publication:
    """The publication of a version whose models came to something else."""
    now = publications.current(store)
    assert now is not None
    return publications.publish(
        store,
        snapshot_id=change(settings, *statements),
        batch_seq=now.batch_seq,
        definitions="those of the version before",
    )


def told(found: list[Comparison]) -> dict[str, dict[str, str]]:
    """Company/client/currency/day to what differs: before, after and difference."""
    return {
        f"{one.company_id}/{row.client_id}/{row.currency}/{row.as_of}": {
            name: " ".join(f"{amount.normalize():f}" for amount in astuple(figure))
            for name, figure in row.changed.items()
        }
        for one in found
        for row in one.accounts
    }


@pytest.mark.parametrize(
    ("older", "differs"),
    [
        ("", {}),
        # A figure smaller on both days, each company by its own ranges and basis.
        (
            LESS,
            {
                "main/C1/COP/2026-11-24": {
                    "total": "900 1000 100",
                    "overdue": "900 1000 100",
                    "1-30": "900 1000 100",
                },
                "main/C1/COP/2026-10-31": {
                    "total": "900 1000 100",
                    "overdue": "900 1000 100",
                    "1-30": "900 1000 100",
                },
                "other/C1/COP/2026-11-24": {
                    "total": "-23 77 100",
                    "overdue": "-23 77 100",
                    "45+": "-23 77 100",
                },
                "other/C1/COP/2026-10-31": {
                    "total": "-23 77 100",
                    "overdue": "-23 77 100",
                    "16-45": "-23 77 100",
                },
            },
        ),
        # An account that the version before did not have, in one of its currencies.
        (
            "DELETE FROM lake.marts.open_items WHERE item_id = 'D2'",
            {
                "main/C2/USD/2026-11-24": {
                    "total": "0 250.5 250.5",
                    "current": "0 250.5 250.5",
                }
            },
        ),
        # The same total, in another range: what was mailed as overdue is not.
        (
            "UPDATE lake.marts.open_items SET due_date = DATE '2026-11-01' WHERE item_id = 'D3'",
            {
                "main/C2/COP/2026-11-24": {
                    "overdue": "700 0 -700",
                    "current": "0 700 700",
                    "1-30": "700 0 -700",
                }
            },
        ),
        # The same today, another figure at the end of last month.
        (
            "UPDATE lake.marts.open_items SET open_from = DATE '2026-10-30' WHERE item_id = 'D3'",
            {
                "main/C2/COP/2026-10-31": {
                    "total": "700 0 -700",
                    "current": "700 0 -700",
                }
            },
        ),
    ],
    ids=["the same", "an amount", "a new account", "a range", "the month's end"],
)
def test_what_differs_is_found_by_each_version_s_own_definitions(
    settings: Settings, store: Store, older: str, differs: dict[str, dict[str, str]]
) -> None:
    now = publications.current(store)
    assert now is not None
    earlier = before(settings, store, *([older] if older else []))
    found = comparing.compare(settings, store, earlier, now.snapshot_id)
    assert told(found) == differs
    for one in found:
        assert (one.before_id, one.program, one.has_new_rows) == (earlier.id, __version__, False)
        assert [str(day) for day in one.days] == [TODAY, MONTH_END]


def test_figures_that_cannot_be_read_are_said_of_every_company(
    settings: Settings, store: Store
) -> None:
    """Nobody knows then what differs: mail has to wait all the same."""
    now = publications.current(store)
    assert now is not None
    earlier = before(settings, store, "DROP MACRO TABLE lake.marts.aging")
    found = comparing.compare(settings, store, earlier, now.snapshot_id)
    assert [(one.company_id, one.accounts) for one in found] == [("main", ()), ("other", ())]
    assert all("aging" in one.trouble for one in found)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The models come to what stands in the marts: dbt itself is tested elsewhere."""
    monkeypatch.setattr(refreshing, "run_dbt", lambda *_: [])


@pytest.mark.usefixtures("computed")
def test_an_upgrade_writes_its_list_with_the_publication(settings: Settings, store: Store) -> None:
    earlier = before(settings, store, LESS)
    change(settings, BACK)
    made = refreshing.refresh(settings, store).publication
    assert made is not None
    assert made.id > earlier.id
    (one,) = figure_changes.unseen(store, "main")
    assert (one.publication_id, one.before_id, one.accounts) == (made.id, earlier.id, 1)
    (today, _month_end) = figure_changes.accounts(store, one)
    assert today.figures["total"].difference == Decimal(100)
    # Another refresh, with nothing new, by the same version: nothing is added.
    refreshing.refresh(settings, store)
    refreshing.refresh(settings, store, full=True)
    assert [each.id for each in figure_changes.unseen(store, "main")] == [one.id]


@pytest.mark.usefixtures("computed")
def test_an_upgrade_that_died_is_done_again_with_the_same_list(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = before(settings, store, LESS)
    change(settings, BACK)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for place in ("compare", "publish"):
        with monkeypatch.context() as patch:
            where = comparing if place == "compare" else refreshing
            patch.setattr(where, place, die)
            with pytest.raises(KeyboardInterrupt):
                refreshing.refresh(settings, store)
        assert publications.current(store) == earlier
        assert figure_changes.unseen(store) == []
    refreshing.refresh(settings, store)
    assert {one.company_id: one.before_id for one in figure_changes.unseen(store)} == {
        "main": earlier.id, "other": earlier.id,
    }  # fmt: skip


@pytest.mark.full
def test_killed_at_any_statement_publication_and_list_are_both_there_or_neither(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    earlier = before(settings, store, LESS)
    change(settings, BACK)
    store.close()
    homes = {at: tmp_path / f"at-{at}" for at in (*range(1, 9), 99)}
    for home in homes.values():
        shutil.copytree(settings.root, home, symlinks=True)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.warehouse.killed_changes"),
            *(f"{home}={at}" for at, home in homes.items()),
        ],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    ends = dict(zip(homes, map(int, done.stdout.split()), strict=True))
    assert (ends[1], ends[99]) == (-signal.SIGKILL, 0)
    for at, home in homes.items():
        opened = open_store(Settings(home=home))
        is_published = publications.current(opened) != earlier
        lists = figure_changes.unseen(opened)
        assert [one.company_id for one in lists] == (["other", "main"] if is_published else []), at
        assert all(len(figure_changes.accounts(opened, one)) == 2 for one in lists), at
        assert is_published or ends[at] == -signal.SIGKILL
        opened.close()
    # Some of them died before the commit, and some after it.
    assert {publications_of(home) > earlier.id for home in homes.values()} == {True, False}


def publications_of(home: Path) -> int:
    """Number of a home's newest publication."""
    opened = open_store(Settings(home=home))
    newest = publications.current(opened)
    opened.close()
    assert newest is not None
    return newest.id


@pytest.mark.usefixtures("computed")
def test_rows_that_come_after_the_upgrade_are_not_taken_for_its_changes(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    """A load into a home of the version before: its figures are brought up first."""
    before(settings, store)
    folder = write_tables(
        tmp_path / "in",
        documents="""
            document_id, client_id, type,    number, issue_date, due_date,   total
            D9,          C1,        invoice, FV-9,   2026-10-01, 2026-10-25, 4000
        """,
    )
    refreshing.bring_up(settings, store)
    fill(settings, store, folder)
    assert figure_changes.unseen(store) == []


@pytest.mark.usefixtures("computed")
def test_rows_that_were_loaded_before_it_could_compute_are_said(
    settings: Settings, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before(settings, store, LESS)
    change(settings, BACK)

    def failing(*_: object) -> list[object]:
        raise RefreshFailed("a test of this version fails")

    with monkeypatch.context() as patch:
        patch.setattr(refreshing, "run_dbt", failing)
        refreshing.bring_up(settings, store)  # what is loaded next may be what mends it
    assert figure_changes.unseen(store) == []
    clients = "client_id, name\nC3, Tres\n"
    fill(settings, store, write_tables(tmp_path / "in", clients=clients))
    found = {one.company_id: one.has_new_rows for one in figure_changes.unseen(store)}
    assert found == {"main": True, "other": False}
