"""A kept home as one file: what the code left, what it said, and the tokens of its links.

The same home gives the same file: names in order, no owners, no times.
"""

from __future__ import annotations

import json
import lzma
import re
import tarfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
ENDING = ".tar.xz"
SAID = "said.json"
SHORTEST_NAME = 4
#: Derived, or of the machine: made again wherever the home is opened.
LEFT_OUT = {"extensions", "tmp", "dbt", "dagster", "logs", "target", "writer.holder"}


def kept(folder: Path = FOLDER) -> list[Path]:
    """The homes that are kept, the oldest first: their names begin with a number."""
    return sorted(folder.glob(f"*{ENDING}"))


def pack(home: Path, said: Mapping[str, Any], target: Path) -> None:
    """Write the archive, beside the target first: half of one is none."""
    content = BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        _add(archive, SAID, json.dumps(said, ensure_ascii=False, sort_keys=True).encode())
        for path in files(home):
            _add(archive, f"home/{path.relative_to(home).as_posix()}", path.read_bytes())
    fresh = target.with_suffix(".new")
    fresh.write_bytes(lzma.compress(content.getvalue(), preset=9 | lzma.PRESET_EXTREME))
    fresh.replace(target)


def files(home: Path) -> list[Path]:
    """What is kept of a home, in order."""
    return [
        path
        for path in sorted(home.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and not LEFT_OUT & set(path.relative_to(home).parts)
    ]


def named(content: bytes, names: Iterable[str]) -> str:
    """The first of these names of a machine that stands in there as a word; "" where none does.

    Names of a few letters say nothing, and stand in everything.
    """
    for name in names:
        whole = rb"(?<![\w.@-])" + re.escape(name.encode()) + rb"(?![\w@-])"
        if len(name) >= SHORTEST_NAME and re.search(whole, content):
            return name
    return ""


def unpack(archive: Path, folder: Path) -> Path:
    """The home in that folder."""
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    home = folder / "home"
    home.chmod(0o700)
    return home


def said(archive: Path) -> dict[str, Any]:
    """What the code that made the home said of it, and what else is to be known of it."""
    with tarfile.open(archive) as opened:
        member = opened.extractfile(SAID)
        assert member is not None
        found: dict[str, Any] = json.loads(member.read())
    return found


def contents(archive: Path) -> dict[str, bytes]:
    """Every file by its name."""
    with tarfile.open(archive) as opened:
        files = [member for member in opened.getmembers() if member.isfile()]
        return {member.name: opened.extractfile(member).read() for member in files}  # type: ignore[union-attr]


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    archive.addfile(member, BytesIO(content))
