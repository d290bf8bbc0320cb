"""Hostile files cost little memory: each is read by a process whose peak is measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

resource = pytest.importorskip("resource")

ROOT = Path(__file__).parents[2]
READER = """
import resource, sys
from pathlib import Path
from cartera.config import Company
from cartera.errors import FileRefused
from cartera.sources.files import read

try:
    print(len(read(Path(sys.argv[1]), company=Company()).rejects), "rejects")
except FileRefused as refused:
    print(refused.reason)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak // (1 << 20 if sys.platform == "darwin" else 1 << 10))
"""


def read_apart(path: Path) -> tuple[str, int]:
    """What a process of its own says about the file, and its peak in megabytes."""
    ended = subprocess.run(
        [sys.executable, "-c", READER, str(path)],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    said, peak = ended.stdout.splitlines()
    return said, int(peak)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> int:
    path = tmp_path_factory.mktemp("usual") / "clients.parquet"
    pq.write_table(pa.table({"client_id": ["1"], "name": ["Ana"]}), path)
    said, peak = read_apart(path)
    assert said == "0 rejects"
    return peak


def endless_line(path: Path) -> None:
    with path.open("wb") as handle:
        handle.write(b"client_id,name\n1,")
        for _ in range(300):
            handle.write(b"x" * (1 << 20))


def one_row_of_quoted_line_breaks(path: Path) -> None:
    path.write_bytes(b"client_id,name\n" + b'"\n",' * 5_000_000)


def million_columns(path: Path) -> None:
    path.write_bytes(b"c" + b"," * 999_999 + b"\n")


def deep_json(path: Path) -> None:
    path.write_bytes((b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n") * 100)


def one_long_text_pointed_to_by_every_row(path: Path) -> None:
    # A megabyte on disk, 20 GB once each row has its own.
    count = 20_000
    long = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), ["x" * 1_000_000])
    pq.write_table(pa.table({"client_id": range(count), "name": long}), path, row_group_size=5_000)


def long_texts_in_columns_that_nothing_reads(path: Path) -> None:
    count = 20_000
    long = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), [b"\xff" * 1_000_000])
    lists = pa.ListArray.from_arrays(range(count + 1), long)
    columns = {"client_id": range(count), "name": ["Ana"] * count, "photo": long, "photos": lists}
    pq.write_table(pa.table(columns), path, row_group_size=5_000)


@pytest.mark.parametrize(
    ("name", "write", "says", "most_mb"),
    [
        ("clients.csv", endless_line, "line 2 is longer than", 160),
        ("clients.jsonl", endless_line, "is longer than", 160),
        (
            "clients.csv",
            one_row_of_quoted_line_breaks,
            "rows are refused",  # a million, each with its reason
            450,
        ),
        ("clients.csv", million_columns, "1,000,000 columns; 500 is the most", 160),
        ("clients.jsonl", deep_json, "100 rejects", 160),
        ("clients.parquet", one_long_text_pointed_to_by_every_row, "20000 rejects", 600),
        ("clients.parquet", long_texts_in_columns_that_nothing_reads, "0 rejects", 600),
    ],
)
def test_peak_stays_low(tmp_path, usual, name, write, says, most_mb):
    path = tmp_path / name
    write(path)
    said, peak = read_apart(path)
    assert says in said
    # Python, polars and pyarrow themselves are not the file's doing.
    assert peak - usual < most_mb
