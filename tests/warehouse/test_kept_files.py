"""What was loaded is kept: every file with its mapping, as it was, until its company's limit."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from cartera import clock, inbox
from cartera.config import Company, Settings
from cartera.people import operator
from cartera.sources.mapping import Mapping
from cartera.store import companies, loaded_files
from cartera.store.db import Store, open_store
from cartera.store.loaded_files import LoadedFile
from cartera.warehouse import ingest, kept_files, lake, loads
from cartera.warehouse.objects import CHUNK
from tests.ledger.lakes import built

CSV = b"client_id,name\nC1,Ana\n"
EXPORT = b"id;n\nC1;Ana\n"
MAPPING = b"# ours\ntables:\n  - table: clients\n    columns: {client_id: id, name: n}\n"


@pytest.fixture
def here(home: Path) -> Settings:
    built(home)
    return Settings(home=home)


@pytest.fixture
def store(here: Settings):
    store = open_store(here)
    yield store
    store.close()


def load(here: Settings, path: Path, content: bytes, **options) -> ingest.FileResult:
    path.write_bytes(content)
    (result,) = ingest.load_files(here, [path], company=here.company_profile(), **options)
    return result


def rows(store: Store) -> list[LoadedFile]:
    return loaded_files.listed(store, "main")


def content(here: Settings, sha256: str) -> bytes:
    return b"".join(kept_files.read(here, sha256))


def kept(here: Settings) -> list[Path]:
    return sorted(path for path in (here.root / "files").rglob("*") if path.is_file())


def test_a_file_and_its_mapping_come_back_as_they_were(here, store, tmp_path):
    (tmp_path / "old.yml").write_bytes(MAPPING)
    how = Mapping.load(tmp_path / "old.yml")
    result = load(here, tmp_path / "export.csv", EXPORT, mapping=how)
    assert result.loaded == 1
    (row,) = rows(store)
    assert (row.file, row.mapping, row.state, row.way) == (
        "export.csv", "old.yml", "loaded", "command",
    )  # fmt: skip
    assert (row.batch_id, row.size) == (result.batch_id, len(EXPORT))
    assert (row.currency, row.timezone, row.any_company) == ("COP", "America/Bogota", False)
    assert content(here, row.sha256) == EXPORT
    assert content(here, row.mapping_sha256) == MAPPING
    with closing(lake.connect(here, read_only=True)) as connection:
        batches = connection.execute("SELECT sha256, mapping_sha256 FROM lake.raw.batches")
        assert batches.fetchall() == [(row.sha256, row.mapping_sha256)]


def test_a_mapping_made_by_a_program_comes_back_as_the_same_mapping(here, store, tmp_path):
    (tmp_path / "old.yml").write_bytes(MAPPING)
    made = Mapping.model_validate(Mapping.load(tmp_path / "old.yml").model_dump(exclude_unset=True))
    load(here, tmp_path / "export.csv", EXPORT, mapping=made)
    (row,) = rows(store)
    (tmp_path / "back.yml").write_bytes(content(here, row.mapping_sha256))
    assert Mapping.load(tmp_path / "back.yml").model_dump() == made.model_dump()


def test_the_same_bytes_are_kept_once(here, store, tmp_path):
    load(here, tmp_path / "clients.csv", CSV)
    load(here, tmp_path / "clients-again.csv", CSV)
    assert [row.file for row in rows(store)] == ["clients-again.csv", "clients.csv"]
    assert len(kept(here)) == 1


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("clients.csv", b"name\nAna\n", "falta la columna «client_id»"),
        ("clients.xlsx", b"no workbook", "no es un libro de Excel"),
        ("clients.csv", bytes(1000), "un byte cero"),
        ("other.csv", CSV, "debe empezar por una de"),
    ],
)
def test_a_file_that_was_refused_is_kept_too(here, store, tmp_path, name, given, reason):
    assert load(here, tmp_path / name, given).error
    (row,) = rows(store)
    assert (row.state, row.batch_id) == ("refused", None)
    assert reason in row.reason
    assert content(here, row.sha256) == given


def test_what_is_no_file_is_written_down_without_its_bytes(here, store, tmp_path):
    assert load(here, tmp_path / "clients.csv", b"").error
    (row,) = rows(store)
    assert (row.state, row.sha256, row.size) == ("refused", "", 0)
    assert kept(here) == []


def test_what_the_inbox_took_or_refused(here, store):
    here.inbox.mkdir()
    for name, given in {"clients.csv": CSV, "photo.jpg": b"jpg", "documents.csv": b"x\n"}.items():
        (here.inbox / name).write_bytes(given)
    inbox.process(here, store, now=clock.now(), quiet_seconds=0)
    found = {row.file: (row.way, row.state, content(here, row.sha256)) for row in rows(store)}
    assert found == {
        "clients.csv": ("inbox", "loaded", CSV),
        "documents.csv": ("inbox", "refused", b"x\n"),
        "photo.jpg": ("inbox", "refused", b"jpg"),
    }


def test_a_file_that_changed_while_it_was_read_is_not_loaded_and_stays(here, store, monkeypatch):
    here.inbox.mkdir()
    path = here.inbox / "clients.csv"
    path.write_bytes(CSV)
    write = ingest._write_rejects

    def grow(*arguments):
        with path.open("ab") as file:
            file.write(b"C2,Eva\n")
        write(*arguments)

    monkeypatch.setattr(ingest, "_write_rejects", grow)
    (result,) = inbox.process(here, store, now=clock.now(), quiet_seconds=0)
    assert "was changed while it was read" in (result.error or "")
    assert path.exists()
    assert (rows(store), kept(here)) == ([], [])
    monkeypatch.setattr(ingest, "_write_rejects", write)
    (result,) = inbox.process(here, store, now=clock.now(), quiet_seconds=0)
    assert (result.loaded, result.error) == (2, None)


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, 3 * CHUNK + 7])
def test_bytes_of_any_length(here, size):
    given = os.urandom(size)
    sha256 = hashlib.sha256(given).hexdigest()
    kept_files.keep(here, io.BytesIO(given), sha256, "x")
    assert content(here, sha256) == given
    with pytest.raises(kept_files.FileChanged):
        kept_files.keep(here, io.BytesIO(given), hashlib.sha256(b"other").hexdigest(), "x")
    assert len(kept(here)) == 1


def test_nobody_else_may_read_them(here, tmp_path):
    load(here, tmp_path / "clients.csv", CSV)
    for path in (here.root / "files").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    (path,) = kept(here)
    # Nor does a reader's DuckDB: the client app has no other.
    with closing(lake.connect(here, read_only=True)) as connection, pytest.raises(duckdb.Error):
        connection.execute("SELECT size FROM read_blob(?)", [str(path)])


@pytest.mark.parametrize(
    ("lake_path", "files", "found"),
    [
        ("", "", "{home}/files"),
        ("/srv/lake", "", "{home}/files"),
        ("s3://bucket/receivables/", "", "s3://bucket/receivables-files"),
        # Beside it would be in it.
        ("s3://bucket", "", "{home}/files"),
        ("s3://bucket/", "", "{home}/files"),
        ("s3://bucket/receivables", "s3://other/x", "s3://other/x"),
    ],
)
def test_they_never_lie_in_the_lake(tmp_path, lake_path, files, found):
    settings = Settings(home=tmp_path, lake=lake_path, files=files)
    assert settings.files_path == found.format(home=settings.root)


class Killed(BaseException):
    """Stands for the end of the process."""


def test_killed_after_the_lakes_commit_the_next_load_says_so(here, store, tmp_path, monkeypatch):
    def killed(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(loaded_files, "close", killed)
        with pytest.raises(Killed):
            load(here, tmp_path / "clients.csv", CSV)
    assert [row.state for row in rows(store)] == ["begun"]
    load(here, tmp_path / "clients-2.csv", CSV)
    assert [(row.file, row.state) for row in rows(store)] == [
        ("clients-2.csv", "loaded"), ("clients.csv", "loaded"),
    ]  # fmt: skip


def test_killed_before_the_lakes_commit_it_counts_for_nothing(here, store, tmp_path, monkeypatch):
    begin = loads.FileLoad.begin

    def killed(*arguments):
        begin(*arguments)
        raise Killed

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(loads.FileLoad, "begin", killed)
            with pytest.raises(Killed):
                load(here, tmp_path / "clients.csv", CSV)
    result = load(here, tmp_path / "clients.csv", CSV)
    assert result.loaded == 1
    found = [(row.state, row.batch_id) for row in rows(store)]
    assert found == [("loaded", result.batch_id), ("cut_off", None), ("cut_off", None)]


# The company's own limit


DAY = timedelta(days=1)


@pytest.fixture
def aged(here: Settings, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Three loads: 40 days ago, 20 days ago, and the bytes of the first again 10 days ago."""
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    files = (("clients-1.csv", CSV, 40), ("clients-2.csv", b"client_id,name\nC2,Eva\n", 20))
    for name, given, days in (*files, ("clients-3.csv", b"client_id,name\nC3,Bea\n", 35)):
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda days=days: now - days * DAY)
            load(here, tmp_path / name, given)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: now - 10 * DAY)
        load(here, tmp_path / "clients-4.csv", CSV)
    return now


def test_without_a_limit_all_is_kept(here, store, aged):
    assert Company().keep_files_days == 0
    assert loads.forget(here, store, aged + 10_000 * DAY)["kept_files_removed"] == 0
    assert len(kept(here)) == 3


def test_what_is_older_goes_unless_a_later_load_has_the_same_bytes(here, store, aged):
    by = operator("main")
    companies.save(store, "main", {"keep_files_days": 30}, by=by, now=clock.now())
    done = loads.forget(here, store, aged)
    assert done == {"loads_expired": 2, "kept_files_removed": 1}
    gone = {row.file: row.removed_at for row in rows(store)}
    assert gone == {
        "clients-1.csv": aged, "clients-2.csv": None, "clients-3.csv": aged, "clients-4.csv": None,
    }  # fmt: skip
    assert content(here, hashlib.sha256(CSV).hexdigest()) == CSV
    assert loads.forget(here, store, aged) == {"loads_expired": 0, "kept_files_removed": 0}
    assert loads.forget(here, store, aged + 100 * DAY)["kept_files_removed"] == 2
    assert kept(here) == []


def test_cut_off_while_it_removes_it_goes_on(here, store, aged, monkeypatch):
    companies.save(store, "main", {"keep_files_days": 30}, by=operator("main"), now=clock.now())

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(loaded_files, "mark_removed", killed)
        with pytest.raises(Killed):
            loads.forget(here, store, aged)
    assert loads.forget(here, store, aged)["loads_expired"] == 2
    assert len(kept(here)) == 2
