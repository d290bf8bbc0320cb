"""What dbt made of the models, kept beside them: the next process reads it in a fifth of a second.

Parsing takes five seconds of every process that computes, and its outcome depends on nothing but
the models and dbt's version, whatever home and lake it is for. Where the code's folder cannot be
written (an image, another owner), each process parses as before.
"""

from __future__ import annotations

import os
from argparse import Namespace
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


def _path(project: Path, definitions: str) -> Path:
    """In dbt's own folder of what it made; in no commit, and `make clean` removes it."""
    from dbt.adapters.duckdb.__version__ import version as adapter
    from dbt.version import __version__ as dbt

    return project / "target" / f"parsed-{definitions[:32]}-{dbt}-{adapter}.msgpack"


def kept(project: Path, definitions: str) -> Manifest | None:
    """The manifest of the models with this hash; None where none is kept or it cannot be read."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    path = _path(project, definitions)
    try:
        found: Manifest = Manifest.from_msgpack(
            path.read_bytes(), decoder=extended_mashumuro_decoder
        )
    except Exception:  # noqa: BLE001  # not there, of a disk that was full, of somebody's hand
        return None
    _as_after_parsing()
    return found


def _as_after_parsing() -> None:
    """A manifest that is written out says whether dbt reports to its makers, by a flag that only a
    command of dbt's sets: no such command ran here.
    """
    from dbt.flags import get_flags, set_flags

    now = get_flags()  # type: ignore[no-untyped-call]
    if not hasattr(now, "SEND_ANONYMOUS_USAGE_STATS"):
        flags = Namespace(**vars(now), SEND_ANONYMOUS_USAGE_STATS=False)
        set_flags(flags)  # type: ignore[no-untyped-call]


def keep(project: Path, definitions: str, manifest: Manifest) -> None:
    """Keep it for other processes, whole or not at all; older ones go."""
    from dbt.parser.manifest import extended_mashumaro_encoder

    path = _path(project, definitions)
    fresh = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(exist_ok=True)
        fresh.write_bytes(manifest.to_msgpack(extended_mashumaro_encoder))
        fresh.replace(path)
        for old in set(path.parent.glob("parsed-*.msgpack")) - {path}:
            old.unlink(missing_ok=True)
    except OSError:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
