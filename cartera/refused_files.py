"""Files of the inbox that were refused whole: where they lie, and what the page says of them.

A refused file is in `refused/` (another company's in `refused/COMPANY/`) with its reason beside it,
in the company's language (`cartera.inbox`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cartera.config import Settings

REASON = ".reason.txt"
#: A reason names up to forty columns; nothing that is longer was written by us.
MAX_REASON = 20_000


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file's name as it lies there, when it was refused, and every reason."""

    name: str
    at: datetime
    reason: str


def refused_files(
    settings: Settings, company_id: str, *, since: datetime, limit: int
) -> list[RefusedFile]:
    """A company's, refused since then, newest first."""
    found = [
        (about.st_mtime, Path(entry.path))
        for folder in _folders(settings, company_id)
        for entry, about in _reasons(folder)
        if about.st_mtime >= since.timestamp()
    ]
    newest = sorted(found, key=lambda pair: (-pair[0], pair[1].name))[:limit]
    return [
        RefusedFile(
            name=path.name.removesuffix(REASON),
            at=datetime.fromtimestamp(at, UTC),
            reason=_text(path),
        )
        for at, path in newest
    ]


def _folders(settings: Settings, company_id: str) -> Iterator[Path]:
    home = settings.root / "refused"
    if company_id == settings.default_company:
        yield home
    if company_id in settings.companies or company_id == settings.default_company:
        yield home / company_id


def _reasons(folder: Path) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    try:
        with os.scandir(folder) as entries:
            listed = [entry for entry in entries if entry.name.endswith(REASON)]
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in listed:
        try:
            about = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # somebody tidied up since the folder was listed
            continue
        if stat.S_ISREG(about.st_mode):
            yield entry, about


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as handle:
            return handle.read(MAX_REASON).strip()
    except FileNotFoundError:
        return ""
