"""The four formats, each as a stream of chunks of plain text.

What can be read is listed here once: the upload page, the command line and (by a test) the README
follow it, so importing this module loads no reader. Numbers keep their exact digits: nothing goes
through a float that was not one in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cartera.errors import FileRefused

if TYPE_CHECKING:
    from cartera.sources.chunk import Chunk, Layout

#: The formats as people call them.
FORMAT_NAMES = "CSV, Excel, Parquet or JSON lines"
#: A file name's ending, and the reader it means.
ENDINGS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".parquet": "parquet",
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
    raise FileRefused(name, "the ending is none of {endings}", endings=", ".join(ENDINGS))
