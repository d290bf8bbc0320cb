"""A reader's DuckDB opens the lake and nothing else."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from cartera.config import Settings
from cartera.warehouse import lake


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    settings = Settings(home=tmp_path_factory.mktemp("confined"))
    lake.initialise(settings)
    return lake.connect(settings, read_only=True)


def test_it_reads_the_lake(reading: duckdb.DuckDBPyConnection) -> None:
    assert reading.execute("SELECT count(*) > 100 FROM lake.raw.currencies").fetchone() == (True,)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('{outside}')",
        "SELECT * FROM glob('{folder}/*')",
        "COPY (SELECT 1) TO '{folder}/new.csv'",
        "ATTACH '{folder}/other.duckdb' AS other",
        "SELECT * FROM read_csv('https://example.com/x.csv')",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "INSTALL httpfs FROM 'https://example.com'",
        "CREATE TABLE lake.marts.mine AS SELECT 1",
        "DELETE FROM lake.raw.currencies",
    ],
)
def test_it_opens_nothing_else_and_cannot_be_talked_into_it(
    reading: duckdb.DuckDBPyConnection, tmp_path: Path, query: str
) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    with pytest.raises(duckdb.Error):
        reading.execute(query.format(outside=outside, folder=tmp_path)).fetchall()
    assert list(tmp_path.iterdir()) == [outside]
