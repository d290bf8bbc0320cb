"""The inbox: what is complete, whose it is, and where it goes once it is loaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from cartera import clock, inbox
from cartera.config import Settings, settings
from cartera.errors import Busy, Fault, MappingError
from cartera.refused_files import refused_files
from cartera.sources import files
from cartera.sources.mapping import Mapping
from cartera.store import companies
from cartera.store.db import Store
from cartera.store.locks import writer_lock
from cartera.warehouse import ingest
from cartera.warehouse.lake import connect
from tests.people import ANA
from tests.stores import new_store

CLIENTS = "client_id,name\nC-1,Ferretería El Cóndor\nC-2,Ágora\n"
NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # still the 24th in Bogotá


@pytest.fixture
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CARTERA_COMPANY", "main")
    (home / "inbox").mkdir(parents=True)
    return settings()


@pytest.fixture
def store(here: Settings):
    store = new_store(here)
    yield store
    store.close()


def drop(here: Settings, name: str, text: str = CLIENTS) -> Path:
    path = here.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def ready_names(here: Settings, quiet_seconds: float = 0.0) -> list[str]:
    return [file.path.name for file in inbox.ready(here, quiet_seconds=quiet_seconds)]


def process(here: Settings, store: Store) -> list[ingest.FileResult]:
    return inbox.process(here, store, now=NOW, quiet_seconds=0.0)


def raw_clients(here: Settings) -> list[tuple[str, str]]:
    connection = connect(here, read_only=True)
    try:
        return connection.execute(
            "SELECT company_id, client_id FROM lake.raw.clients ORDER BY ALL"
        ).fetchall()
    finally:
        connection.close()


# What is ready


def test_no_inbox_holds_nothing(home):
    assert inbox.ready(settings()) == []


@pytest.fixture
def wait(monkeypatch):
    """The clock so many seconds after the file system noted that a file was touched."""

    def wait(path, seconds):
        touched = path.stat().st_ctime
        monkeypatch.setattr(inbox, "time", SimpleNamespace(time=lambda: touched + seconds))

    return wait


def test_a_file_is_ready_once_it_is_quiet(here, wait):
    path = drop(here, "clients.csv")
    wait(path, 0.9)
    assert ready_names(here, quiet_seconds=1) == []
    wait(path, 1.1)
    assert ready_names(here, quiet_seconds=1) == ["clients.csv"]
    with path.open("a") as file:
        file.write("C-3,Otro\n")
    wait(path, 0.9)
    assert ready_names(here, quiet_seconds=1) == []


def test_a_copy_with_an_old_modification_time_is_not_ready_at_once(here, wait):
    """`cp -p` and unzip give a file its original's time, long ago."""
    path = drop(here, "clients.csv")
    os.utime(path, (1, 1))
    wait(path, 0.9)
    assert ready_names(here, quiet_seconds=1) == []


@pytest.mark.parametrize(
    "name",
    ["clients.csv.tmp", "clients.csv.part", "clients.csv.CRDOWNLOAD", "clients.csv~",
     ".clients.csv", "~$clients.xlsx"],
)  # fmt: skip
def test_unfinished_and_hidden_names_are_left_alone(here, name):
    drop(here, name)
    assert ready_names(here) == []


def test_a_link_is_neither_read_nor_moved_but_reported(here, store, tmp_path):
    secret = tmp_path / "clients-of-others.csv"
    secret.write_text(CLIENTS)
    link = here.inbox / "clients.csv"
    link.symlink_to(secret)
    (here.inbox / "folder").symlink_to(tmp_path)
    assert ready_names(here) == []
    assert inbox.links(here) == [link, here.inbox / "folder"]
    assert [r.error is not None for r in process(here, store)] == [True, True]
    assert link.is_symlink()
    assert secret.read_text() == CLIENTS


def test_a_pipe_is_no_file(here):
    os.mkfifo(here.inbox / "clients.csv")
    assert ready_names(here) == []


def test_what_others_refer_to_comes_first(here):
    for name in ("allocations.csv", "payments.csv", "clients.csv", "documents.csv"):
        drop(here, name)
    assert ready_names(here) == ["clients.csv", "documents.csv", "payments.csv", "allocations.csv"]


def test_a_subfolder_names_the_company(here):
    drop(here, "clients.csv")
    drop(here, "acme/clients.csv")
    drop(here, "acme/deeper/clients.csv")
    assert [f.company for f in inbox.ready(here, quiet_seconds=0)] == ["acme", "main"]


def test_the_longest_mapping_name_that_starts_the_file_name_wins(here):
    mappings = here.root / "mappings"
    mappings.mkdir()
    for name in ("xero.yml", "xero_invoices.yml", "other.yml"):
        (mappings / name).write_text("")
    drop(here, "Xero_Invoices-2026-11.csv")
    drop(here, "xero-bank.csv")
    drop(here, "clients.csv")
    used = {f.path.name: f.mapping and f.mapping.name for f in inbox.ready(here, quiet_seconds=0)}
    assert used == {
        "Xero_Invoices-2026-11.csv": "xero_invoices.yml",
        "xero-bank.csv": "xero.yml",
        "clients.csv": None,
    }


# What becomes of it


def test_a_loaded_file_is_put_away_under_the_companys_day(here, store):
    drop(here, "clients.csv")
    (result,) = process(here, store)
    assert (result.loaded, result.error) == (2, None)
    assert raw_clients(here) == [("main", "C-1"), ("main", "C-2")]
    assert (here.root / "processed/2026-11-24/clients.csv").read_text("utf-8") == CLIENTS
    assert ready_names(here) == []


def test_a_file_with_tabs_is_loaded(here, store):
    drop(here, "clients.tsv", CLIENTS.replace(",", "\t"))
    (result,) = process(here, store)
    assert (result.loaded, result.error) == (2, None)
    assert raw_clients(here) == [("main", "C-1"), ("main", "C-2")]


@pytest.mark.parametrize(("module", "function"), [(files, "chunks"), (ingest, "_write")])
def test_a_panic_in_rust_is_the_file_s_and_stops_no_other(
    here, store, monkeypatch, module, function
):
    usual = getattr(module, function)

    def panics(*arguments):
        if "documents.csv" in str(arguments):
            pl.Series([2**31 - 1], dtype=pl.Int32).cast(pl.Date).cast(pl.String)
        return usual(*arguments)

    monkeypatch.setattr(module, function, panics)
    drop(here, "documents.csv", "document_id,client_id,type,number,issue_date,total\n")
    drop(here, "clients.csv")
    results = {result.file: result.error for result in process(here, store)}
    assert results["clients.csv"] is None
    assert "out-of-range date" in (results["documents.csv"] or "")
    assert raw_clients(here) == [("main", "C-1"), ("main", "C-2")]
    assert ready_names(here) == []


def test_the_same_file_twice_changes_nothing_and_overwrites_nothing(here, store):
    for _ in range(3):
        drop(here, "clients.csv")
        (result,) = process(here, store)
    assert (result.loaded, result.unchanged) == (0, 2)
    assert len(raw_clients(here)) == 2
    kept = sorted(p.name for p in (here.root / "processed/2026-11-24").iterdir())
    assert kept == ["clients-2.csv", "clients-3.csv", "clients.csv"]


def test_a_bad_file_is_refused_with_its_reason_and_stops_nobody(here, store):
    drop(here, "clients.csv")
    drop(here, "nonsense.csv")
    drop(here, "photo.jpg")
    results = {r.file: r for r in process(here, store)}
    assert results["clients.csv"].loaded == 2
    refused = here.root / "refused"
    for name in ("nonsense.csv", "photo.jpg"):
        assert results[name].error
        assert (refused / name).exists()
        assert (refused / f"{name}.reason.txt").read_text("utf-8").strip() == results[name].error


def test_a_file_that_our_reader_fails_on_stops_nobody(here, store, monkeypatch):
    real = ingest.load_file

    def load_file(settings, path, **arguments):
        if path.name == "clients-bad.csv":
            raise ValueError("surprise")
        return real(settings, path, **arguments)

    monkeypatch.setattr(ingest, "load_file", load_file)
    drop(here, "clients-bad.csv")
    drop(here, "clients-good.csv")
    assert {r.file: r.error for r in process(here, store)} == {
        "clients-bad.csv": "surprise",
        "clients-good.csv": None,
    }


def test_a_full_disk_is_not_the_files_fault(here, store, monkeypatch):
    def load_file(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ingest, "load_file", load_file)
    path = drop(here, "clients.csv")
    with pytest.raises(OSError, match="No space"):
        process(here, store)
    assert path.exists()


@pytest.mark.parametrize(
    ("language", "missing"), [("es", "falta la columna"), ("en", "the column")], ids=str
)
def test_the_reason_beside_a_refused_file_says_everything_in_the_company_s_language(
    here, store, language, missing
):
    companies.save(store, "main", {"language": language}, by=ANA, now=clock.now())
    drop(here, "clients.csv", "cliente,nombre,ciudad\n1,Ana,Cali\n")
    (result,) = process(here, store)
    reason = (here.root / "refused" / "clients.csv.reason.txt").read_text().strip()
    assert result.error == reason
    assert reason.count(missing) == 2
    for name in ("client_id", "cliente", "name", "nombre", "ciudad"):
        assert name in reason
    (listed,) = refused_files(here, "main", since=clock.now() - timedelta(days=1), limit=5)
    assert (listed.name, listed.reason) == ("clients.csv", reason)
    assert refused_files(here, "main", since=clock.now() + timedelta(days=1), limit=5) == []


def test_a_company_s_refused_files_are_its_own(here, store):
    """Also where somebody names a folder like a file, and for a company that does not exist."""
    home = here.root / "refused"
    (home / "other").mkdir(parents=True)
    (home / "x.reason.txt").mkdir()
    (home / "mine.csv.reason.txt").write_text("mine.csv: no")
    (home / "other" / "theirs.csv.reason.txt").write_text("theirs.csv: no")
    (home / "link.csv.reason.txt").symlink_to(home / "other" / "theirs.csv.reason.txt")
    moment = clock.now().timestamp()  # as the inbox sets it
    os.utime(home / "mine.csv.reason.txt", (moment, moment))
    since = clock.now() - timedelta(days=1)
    assert [f.name for f in refused_files(here, "main", since=since, limit=5)] == ["mine.csv"]
    assert refused_files(here, "../refused", since=since, limit=5) == []
    assert refused_files(here, "other", since=since, limit=5) == []  # not in cartera.toml


def test_a_wrong_mapping_refuses_its_files(here, store, monkeypatch):
    def load(path):
        raise MappingError(path.name, [Fault("is required").at("tables")])

    monkeypatch.setattr(Mapping, "load", load)
    (here.root / "mappings").mkdir()
    (here.root / "mappings" / "xero.yml").write_text("")
    drop(here, "xero-1.csv")
    (result,) = process(here, store)
    assert result.error == "xero.yml: tables: es obligatorio"
    assert (here.root / "refused" / "xero-1.csv").exists()


def test_a_misspelt_company_folder_founds_no_company(here, store):
    (here.root / "cartera.toml").write_text('[company.acme]\nname = "Acme"\n')
    drop(here, "acme/clients.csv")
    drop(here, "acmee/clients.csv")
    first, second = process(settings(), store)
    assert (first.error, first.loaded) == (None, 2)
    assert "acmee" in (second.error or "")
    assert raw_clients(here) == [("acme", "C-1"), ("acme", "C-2")]
    assert (here.root / "processed/2026-11-24/acme/clients.csv").exists()
    assert (here.root / "refused/acmee/clients.csv").exists()


def test_a_companys_folder_holds_rows_of_that_company_alone(here, store):
    # What staff upload lands here, too: once it could write into any company's accounts.
    (here.root / "cartera.toml").write_text('[company.acme]\nname = "Acme"\n')
    rows = "company_id,client_id,name\nmain,C-1,A\nacme,C-2,B\nACME,C-3,C\n,C-4,D\n"
    for name in ("clients.csv", "acme/clients.csv", "main/clients.csv"):
        drop(here, name, rows)
    results = process(settings(), store)
    assert [(r.loaded, r.unchanged, r.rejected) for r in results] == [
        (2, 0, 2), (2, 0, 2), (0, 2, 2),
    ]  # fmt: skip
    assert {reject.company_id for r in results for reject in r.rejects} == {"main", "acme"}
    assert raw_clients(here) == [("acme", "C-2"), ("acme", "C-4"), ("main", "C-1"), ("main", "C-4")]
    with closing(connect(here, read_only=True)) as connection:
        loads = connection.execute("SELECT company_id FROM lake.raw.batches ORDER BY ALL")
        assert loads.fetchall() == [("acme",), ("main",), ("main",)]


def test_a_mapping_cannot_send_a_file_to_another_company(here, store):
    (here.root / "cartera.toml").write_text('[company.acme]\nname = "Acme"\n')
    (here.root / "mappings").mkdir()
    (here.root / "mappings" / "xero.yml").write_text(
        "tables:\n  - table: clients\n    columns: {client_id: id, name: n, "
        "company_id: {constant: acme}}\n"
    )
    drop(here, "xero-1.csv", "id,n\nC-1,Ana\n")
    drop(here, "acme/xero-1.csv", "id,n\nC-1,Ana\n")
    assert sorted((r.loaded, r.rejected) for r in process(settings(), store)) == [(0, 1), (1, 0)]
    assert raw_clients(here) == [("acme", "C-1")]


def test_a_file_that_grew_while_it_was_read_stays(here, store, monkeypatch):
    path = drop(here, "clients.csv")
    real = ingest.load_file

    def load_file(*arguments, **named):
        result = real(*arguments, **named)
        with path.open("a") as file:
            file.write("C-3,Otro\n")
        return result

    monkeypatch.setattr(ingest, "load_file", load_file)
    process(here, store)
    assert path.exists()
    monkeypatch.setattr(ingest, "load_file", real)
    (result,) = process(here, store)
    assert (result.loaded, result.unchanged) == (1, 2)
    assert not path.exists()


def test_a_file_taken_away_in_the_meantime_is_no_error(here, store, monkeypatch):
    real = inbox.ready

    def ready(*arguments, **named):
        found = real(*arguments, **named)
        found[0].path.unlink()
        return found

    monkeypatch.setattr(inbox, "ready", ready)
    drop(here, "clients.csv")
    drop(here, "clients-2.csv")
    assert [r.error for r in process(here, store)] == [None]


def test_busy_while_somebody_else_writes(here, store, monkeypatch):
    monkeypatch.setattr(inbox, "LOCK_SECONDS", 0.1)
    drop(here, "clients.csv")
    with writer_lock(here, store), pytest.raises(Busy):
        process(here, store)
    assert ready_names(here) == ["clients.csv"]


KILLED_BEFORE_THE_MOVE = """
import os, signal
from datetime import UTC, datetime
from cartera import inbox
from cartera.config import settings
from cartera.store.db import open_store
inbox._put_away = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
inbox.process(settings(), open_store(settings()), now=datetime.now(UTC), quiet_seconds=0.0)
"""


@pytest.mark.full
def test_killed_between_load_and_move_the_file_is_loaded_again(here, store):
    drop(here, "clients.csv")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_BEFORE_THE_MOVE],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL
    assert ready_names(here) == ["clients.csv"]
    assert len(raw_clients(here)) == 2
    (result,) = process(here, store)
    assert (result.loaded, result.unchanged) == (0, 2)
    assert len(raw_clients(here)) == 2
    assert ready_names(here) == []
