"""The grown-up set-up: catalog and store in PostgreSQL, Parquet in an object store.

The same load must give the same figures as the default (SQLite and a folder), and any number of
readers go on while the writer works.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import boto3
import psycopg
import pytest
from moto.server import ThreadedMotoServer

from cartera.aging import to_json as aging_json
from cartera.config import Settings
from cartera.contract import DOCUMENTS, TABLES, Column
from cartera.errors import ConfigError, LakeNewerThanProgram
from cartera.statement import to_json
from cartera.store import loaded_files
from cartera.store.db import Store, open_store
from cartera.warehouse import kept_files, lake, lake_files
from cartera.warehouse.reader import Reader
from tests.postgres import Missing, temporary_cluster
from tests.warehouse.small import fill, write_tables

pytestmark = [pytest.mark.postgres, pytest.mark.full]

DAY = date(2026, 6, 30)
BUCKET = "cartera-lake"
#: Enough rows that DuckLake writes files: fewer than ten it keeps in the catalog.
COUNT = 40


def tables(*, paid: int) -> dict[str, str]:
    """Forty clients with an invoice each, the first `paid` of them half paid."""
    lines = {
        "clients": ["client_id,name", *(f"C{n},Client {n}" for n in range(COUNT))],
        "documents": [
            "document_id,client_id,type,number,issue_date,due_date,total",
            *(
                f"D{n},C{n},invoice,FV-{n},2026-01-10,2026-0{n % 6 + 2}-10,{n + 1}00.50"
                for n in range(COUNT)
            ),
        ],
        "payments": [
            "payment_id,client_id,date,amount",
            *(f"P{n},C{n},2026-05-02,{n + 1}00.50" for n in range(paid)),
        ],
        "allocations": [
            "allocation_id,kind,amount,source_id,document_id",
            *(f"A{n},payment,{n + 1}00.25,P{n},D{n}" for n in range(paid)),
        ],
    }
    return {name: "\n".join(rows) for name, rows in lines.items()}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """URL of a PostgreSQL server's first database."""
    with ExitStack() as stack:
        try:
            yield stack.enter_context(temporary_cluster())
        except Missing as missing:
            pytest.skip(str(missing))


@pytest.fixture(scope="module")
def database(server: str) -> str:
    return new_database(server, "grown")


def new_database(server: str, name: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return server.removesuffix("/postgres") + f"/{name}"


@pytest.fixture(scope="module")
def s3() -> Iterator[object]:
    """Client of an object store on this machine; the AWS variables lead everybody to it."""
    running = ThreadedMotoServer("127.0.0.1", 0)
    running.start()
    host, port = running.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        # The home fixture forgets every CARTERA_ variable before each test; see `endpoint`.
        patch.setenv("AWS_ACCESS_KEY_ID", "a-key")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
        patch.setenv("AWS_REGION", "us-east-1")
        client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client
    running.stop()


@pytest.fixture(autouse=True)
def endpoint(home: Path, s3: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTERA_S3_ENDPOINT", s3.meta.endpoint_url)


@dataclass
class Installation:
    settings: Settings
    store: Store

    def reader(self) -> Reader:
        return Reader(self.settings, self.store)

    def figures(self) -> list[object]:
        reader = self.reader()
        return [
            aging_json(reader.aging("main", as_of=DAY)),
            *(to_json(reader.statement("main", f"C{n}", as_of=DAY)) for n in (0, 3, COUNT - 1)),
        ]


@pytest.fixture(scope="module")
def grown(
    tmp_path_factory: pytest.TempPathFactory, database: str, s3: object
) -> Iterator[Installation]:
    """Both halves of the load are in: the figures of `tables(paid=20)`."""
    folder = tmp_path_factory.mktemp("grown")
    settings = Settings(
        home=folder / "home",
        catalog=f"postgres:{database}",
        lake=f"s3://{BUCKET}/receivables",
        store=database,
        threads=1,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARTERA_S3_ENDPOINT", s3.meta.endpoint_url)
        store = open_store(settings)
        fill(settings, store, write_tables(folder / "in", **tables(paid=20)))
    yield Installation(settings, store)
    store.close()


def plain(folder: Path, paid: int) -> Installation:
    settings = Settings(home=folder / "home", threads=1)
    installation = Installation(settings, open_store(settings))
    fill(settings, installation.store, write_tables(folder / "in", **tables(paid=paid)))
    return installation


def keys(s3: object) -> list[str]:
    return [x["Key"] for x in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_the_same_load_gives_the_same_figures(grown, tmp_path, s3):
    default = plain(tmp_path, paid=20)
    expected = default.figures()
    assert expected[0]["totals"][0]["documents"] == COUNT
    assert grown.figures() == expected
    default.store.close()

    assert any(key.startswith("receivables/ledger/") for key in keys(s3))
    # nothing of the ledger lies on this machine's disk
    assert not list(grown.settings.root.rglob("*.parquet"))
    assert not list(grown.settings.root.rglob("*.sqlite"))


def test_what_was_loaded_is_kept_beside_the_lake(grown, s3):
    found = loaded_files.listed(grown.store, "main")
    assert {row.file for row in found} >= {"clients.csv", "documents.csv"}
    for row in found:
        content = b"".join(kept_files.read(grown.settings, row.sha256))
        assert (len(content), hashlib.sha256(content).hexdigest()) == (row.size, row.sha256)
    assert sum(key.startswith("receivables-files/") for key in keys(s3)) == len(
        {row.sha256 for row in found}
    )
    assert not (grown.settings.root / "files").exists()


@pytest.mark.parametrize("depth", [False, True], ids=["check", "deep"])
def test_every_file_of_the_lake_is_looked_at(grown, s3, depth):
    def found() -> list[tuple[str, str]]:
        with closing(lake.connect(grown.settings, read_only=True)) as connection:
            newest = {lake_files.newest_snapshot(connection)}
            files = lake_files.listed(connection, newest)
            count, damaged = lake_files.damages(
                grown.settings, grown.store, connection, newest, deep=depth
            )
        assert count == len(files) > 5
        return [(one.table, one.file.rpartition("/")[2]) for one in damaged]

    assert found() == []
    (key,) = (key for key in keys(s3) if key.startswith("receivables/raw/documents/"))
    whole = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    there = [("raw.documents", key.rpartition("/")[2])]
    try:
        s3.delete_object(Bucket=BUCKET, Key=key)
        assert found() == there
        s3.put_object(Bucket=BUCKET, Key=key, Body=whole[:-10])
        assert found() == there
        s3.put_object(Bucket=BUCKET, Key=key, Body=bytes(len(whole)))
        assert found() == (there if depth else [])
    finally:
        s3.put_object(Bucket=BUCKET, Key=key, Body=whole)


def test_two_readers_go_on_while_the_writer_works(grown, tmp_path):
    before = grown.figures()
    seen: list[list[object]] = []
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                seen.append(grown.figures())
                done.wait(0.3)
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in readers:
        thread.start()
    try:
        fill(grown.settings, grown.store, write_tables(tmp_path / "more", **tables(paid=30)))
    finally:
        done.set()
        for thread in readers:
            thread.join(60)
    assert failures == []
    after = grown.figures()
    assert after != before
    # Whole publications only: the old figures or the new ones, never a mixture of both.
    assert len(seen) >= 2
    assert all(aging in (before[0], after[0]) for aging, *_ in seen)


@pytest.mark.parametrize(
    "form",
    ["{url}", "postgres:{url}", "postgres:host=127.0.0.1 port={port} user=cartera dbname=grown"],
    ids=["url", "prefixed url", "libpq"],
)
def test_a_catalog_s_address_in_every_usual_form(grown, database, form):
    port = database.split(":")[-1].split("/")[0]
    catalog = form.format(url=database, port=port)
    settings = grown.settings.model_copy(update={"catalog": catalog})
    assert lake.exists(settings)
    connection = lake.connect(settings, read_only=True)
    (found,) = connection.execute("SELECT count(*) FROM lake.raw.clients").fetchone()
    connection.close()
    assert found == COUNT


def test_an_empty_database_has_no_lake_yet(server, grown):
    # Once any PostgreSQL was taken for a lake, and the pipeline failed on a fresh one.
    empty = grown.settings.model_copy(update={"catalog": new_database(server, "empty")})
    assert not lake.exists(empty)
    lake.initialise(empty)
    assert lake.exists(empty)


def test_a_lake_in_postgres_has_versions_too(server, tmp_path, monkeypatch):
    settings = Settings(
        home=tmp_path, catalog=f"postgres:{new_database(server, 'versions')}", threads=1
    )
    lake.initialise(settings)
    gained = replace(DOCUMENTS, columns=(*DOCUMENTS.columns, Column("channel", default="direct")))
    monkeypatch.setitem(TABLES, "documents", gained)
    lake._complete.clear()
    lake.initialise(settings)
    assert lake.differences(settings) == []
    connection = lake.connect(settings)
    (last,) = connection.execute(
        "SELECT change FROM lake.raw.schema_changes WHERE change LIKE 'documents.channel%'"
    ).fetchall()
    assert last == ("documents.channel VARCHAR",)
    connection.execute("COMMENT ON TABLE lake.raw.schema_changes IS '99'")
    connection.close()
    with pytest.raises(LakeNewerThanProgram):
        lake.connect(settings, read_only=True, snapshot=1)


def test_another_kind_of_catalog_is_refused(tmp_path):
    settings = Settings(home=tmp_path, catalog="mysql:host=127.0.0.1")
    with pytest.raises(ConfigError, match="sqlite: or postgres:, not 'mysql'"):
        lake.connect(settings)
