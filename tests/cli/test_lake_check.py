"""`cartera check` looks whether every file of the lake is there; `--deep` reads all of it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from cartera.config import Settings
from cartera.store.db import open_store
from cartera.store.lake_schema import lake_files as noted
from cartera.store.publications import current
from cartera.warehouse import lake, lake_files
from tests.cli.conftest import Cartera, Outcome
from tests.ledger.lakes import built
from tests.warehouse.small import write_tables

#: Enough that DuckLake writes files: fewer than ten rows it keeps in the catalog.
COUNT = 40
TABLES = {
    "clients": "client_id,name\n" + "".join(f"C{n},Client {n}\n" for n in range(COUNT)),
    "documents": "document_id,client_id,type,number,issue_date,total\n"
    + "".join(f"D{n},C{n},invoice,FV-{n},2026-01-10,{n + 1}00.50\n" for n in range(COUNT)),
    "payments": "payment_id,client_id,date,amount\nP1,C1,2026-02-01,5\n",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Cartera:
    """An installation with files in its lake, never touched by a test."""
    folder = tmp_path_factory.mktemp("whole")
    command = Cartera(built(folder / "home"))
    assert command("load", write_tables(folder / "in", **TABLES)).code == 0
    return command


@pytest.fixture
def cartera(whole: Cartera, home: Path) -> Cartera:
    """A copy of it."""
    shutil.copytree(whole.home, home, dirs_exist_ok=True, symlinks=True)
    return Cartera(home)


def file_of(command: Cartera, table: str) -> Path:
    """The largest file of a table."""
    settings = Settings(home=command.home)
    with closing(lake.connect(settings, read_only=True)) as connection:
        newest = {lake_files.newest_snapshot(connection)}
        files = lake_files.listed(connection, newest)
    size, path = max((f.size, f.path) for f in files if f.table == table)
    assert (command.home / "lake" / path).stat().st_size == size
    return command.home / "lake" / path


def named(done: Outcome, table: str, path: Path) -> str:
    """What a failed check says, once in its table and once in one line."""
    assert done.code == 1
    assert done.err.startswith(f"cartera: the lake is damaged: {table}: {table.replace('.', '/')}/")
    assert done.err.count("\n") == 1
    assert path.name in done.err
    head, *rows = done.out.splitlines()
    assert head == "rule,client_id,currency,item_id,as_of,expected,found"
    assert len([row for row in rows if path.name in row]) == 1
    return done.err


def test_a_lake_that_is_whole(cartera):
    assert cartera("check").out == "main: every number ties.\n"
    done = cartera("check", "--deep")
    assert done.code == 0, done.err
    words = done.out.split()
    assert done.out == f"main: every number ties; {words[4]} files of the lake read, all whole.\n"
    assert int(words[4]) > 3


def cut(path: Path, _: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def empty(path: Path, _: Path) -> None:
    path.write_bytes(b"")


def gone(path: Path, _: Path) -> None:
    path.unlink()


def folder(path: Path, _: Path) -> None:
    path.unlink()
    path.mkdir()


def another(path: Path, other: Path) -> None:
    path.write_bytes(other.read_bytes())


@pytest.mark.parametrize("harm", [cut, empty, gone, folder, another])
@pytest.mark.parametrize("depth", [(), ("--deep",)], ids=["check", "deep"])
def test_a_file_that_is_not_there_in_its_size(cartera, harm, depth):
    path = file_of(cartera, "raw.documents")
    harm(path, file_of(cartera, "raw.clients"))
    said = named(cartera("check", *depth, "--format", "csv"), "raw.documents", path)
    assert "(bring the lake (" in said


def flipped(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_one_bit_that_is_another(cartera):
    path = file_of(cartera, "raw.documents")
    flipped(path, path.stat().st_size // 2)
    named(cartera("check", "--deep", "--format", "csv"), "raw.documents", path)


def test_whichever_byte_is_another(cartera):
    """Parquet as DuckDB writes it has no checksums: every second such file can still be read."""
    path = file_of(cartera, "raw.documents")
    settings = Settings(home=cartera.home)
    with closing(open_store(settings)) as store, closing(lake.connect(settings)) as connection:
        snapshots = {current(store).snapshot_id}
        for at in range(0, path.stat().st_size, 151):
            flipped(path, at)
            _, found = lake_files.damages(settings, store, connection, snapshots, deep=True)
            assert [one.table for one in found] == ["raw.documents"], at
            flipped(path, at)
        assert lake_files.damages(settings, store, connection, snapshots, deep=True)[1] == []


def test_a_file_whose_hash_nobody_noted_is_read(cartera):
    # Of a lake from before hashes were noted, or in an object store.
    path = file_of(cartera, "raw.documents")
    with closing(open_store(Settings(home=cartera.home))) as store, store.write() as connection:
        connection.execute(sa.delete(noted))
    assert cartera("check", "--deep").code == 0
    path.write_bytes(bytes(path.stat().st_size))
    done = cartera("check", "--deep", "--format", "csv")
    assert "cannot be read: " in named(done, "raw.documents", path)


def test_what_was_not_noted_is_noted_by_the_next_refresh(cartera, tmp_path):
    with closing(open_store(Settings(home=cartera.home))) as store:
        before = lake_files.noted.known(store)
        assert before
        lake_files.noted.change(store, add={"gone.parquet": "0" * 64}, forget=list(before)[1:])
        more = "payment_id,client_id,date,amount\nP2,C1,2026-02-02,5\n"
        assert cartera("load", write_tables(tmp_path / "more", payments=more)).code == 0
        after = lake_files.noted.known(store)
    assert before.items() <= after.items()
    assert "gone.parquet" not in after


@pytest.mark.full
def test_what_is_computed_is_made_anew(cartera):
    path = file_of(cartera, "marts.open_items")
    path.unlink()
    said = named(cartera("check", "--format", "csv"), "marts.open_items", path)
    assert "(what is computed is made anew by: cartera refresh --full)" in said
    assert cartera("refresh", "--full").code == 0
    assert cartera("check", "--deep").code == 0


@pytest.fixture
def catalog(cartera: Cartera) -> Path:
    return cartera.home / "catalog.sqlite"


def overwritten(path: Path) -> None:
    path.write_bytes(b"nonsense" * 4_000)


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def without_a_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE ducklake_data_file")


def without_inlined_rows(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (name,) = connection.execute(
            "SELECT inlined.table_name FROM ducklake_inlined_data_tables AS inlined "
            "JOIN ducklake_table USING (table_id) WHERE ducklake_table.table_name = 'payments' "
            "AND end_snapshot IS NULL AND schema_id = (SELECT schema_id FROM ducklake_schema "
            "WHERE schema_name = 'raw')"
        ).fetchone()
        connection.execute(f'DROP TABLE "{name}"')


def with_a_page_of_zeros(path: Path) -> None:
    content = bytearray(path.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ducklake_data_file'"
        ).fetchone()
    content[(page - 1) * 4096 : page * 4096] = bytes(4096)
    path.write_bytes(content)


@pytest.mark.parametrize(
    "harm",
    [
        overwritten, cut_in_half, emptied, without_a_table, without_inlined_rows,
        with_a_page_of_zeros, Path.unlink,
    ],
)  # fmt: skip
def test_a_damaged_catalog_is_one_clear_line(
    cartera: Cartera, catalog: Path, harm: Callable[[Path], None]
) -> None:
    with closing(sqlite3.connect(catalog)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    harm(catalog)
    done = cartera("check", "--deep")
    assert done.code == 1, done.out
    assert done.err.count("\n") == 1
    assert done.err.startswith("cartera: the lake")
