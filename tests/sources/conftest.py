"""A file written and read in one line, so that a test shows its input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cartera.config import Company
from cartera.sources.files import FileContents, read
from cartera.sources.mapping import Mapping

Reader = Callable[..., FileContents]


@pytest.fixture
def read_text(tmp_path: Path) -> Reader:
    """`read_text(name, content, mapping="yaml text")`; content is text or bytes."""

    def write_and_read(
        name: str, content: str | bytes, mapping: str | None = None, **options: bool
    ) -> FileContents:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read(path, company=Company(), mapping=mapping and load(mapping), **options)

    def load(text: str) -> Mapping:
        path = tmp_path / "mapping.yml"
        path.write_text(text, "utf-8")
        return Mapping.load(path)

    return write_and_read
