"""The four formats, each as a stream of chunks of plain text.

Numbers keep their exact digits: nothing goes through a float that was not one in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cartera.errors import FileRefused
from cartera.sources.chunk import Chunk, Layout

ENDINGS = {
    ".csv": "csv", ".txt": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".parquet": "parquet",
    ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip


def chunks(path: Path, name: str, layout: Layout) -> Iterator[Chunk]:
    """The file's rows, chunk by chunk; raises `FileRefused` for one that cannot be read."""
    from cartera.sources import columnar, text

    kind = ENDINGS.get(path.suffix.lower())
    if kind == "csv":
        return text.csv_chunks(path, name, layout)
    if kind == "xlsx":
        return columnar.excel_chunks(path, name, layout)
    if kind == "parquet":
        return columnar.parquet_chunks(path, name, layout)
    if kind == "jsonl":
        return text.jsonl_chunks(path, name, layout)
    raise FileRefused(name, "the ending says neither CSV, Excel, Parquet nor JSON lines")
