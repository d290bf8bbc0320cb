"""DuckDB's extensions, from the installed wheels and never from the network.

DuckDB hashes an extension's 30 MB each time a new database loads it, to check who signed it: 0.07 s
each, several times between a dropped file and its page. Here that is done once for a file in a
process, by a database that insists on it; the others take what was checked.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import duckdb

from cartera.errors import ConfigError

#: Settings of every database that `load` is used on.
CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_unsigned_extensions": "true",
}
#: wheel -> the name DuckDB expects in the file's name, where it is another (it derives the entry
#: point from it)
_NAMES = {"sqlite": "sqlite_scanner", "postgres": "postgres_scanner"}
#: Files whose signature this process has checked: path, inode, size, time of last change.
_checked: set[tuple[str, int, int, int]] = set()


def load(connection: duckdb.DuckDBPyConnection, wheels: Iterable[str], *, links: Path) -> None:
    """Load the extensions of these wheels, in this order.

    `links` is a folder for links to files that need another name. Raises `ConfigError` where a
    wheel is missing or of another version, and `duckdb.Error` for a file that DuckDB's makers did
    not sign.
    """
    files = [_file(wheel, _NAMES.get(wheel, wheel), links) for wheel in wheels]
    _check([file for file in files if _identity(file) not in _checked])
    for file in files:
        connection.load_extension(file)


def _check(files: list[str]) -> None:
    if not files:
        return
    with duckdb.connect(config={**CONFIG, "allow_unsigned_extensions": "false"}) as strict:
        for file in files:
            found = _identity(file)
            strict.load_extension(file)
            _checked.add(found)


def _identity(file: str) -> tuple[str, int, int, int]:
    found = Path(file).stat()
    return file, found.st_ino, found.st_size, found.st_mtime_ns


def _file(wheel: str, name: str, links: Path) -> str:
    spec = find_spec(f"duckdb_extension_{wheel}")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            f"the package duckdb-extension-{wheel} is not installed; Cartera downloads nothing"
        )
    package = Path(next(iter(spec.submodule_search_locations)))
    found = sorted((package / "extensions" / f"v{duckdb.__version__}").glob("*.duckdb_extension"))
    if not found:
        raise ConfigError(
            f"duckdb-extension-{wheel} has no file for DuckDB {duckdb.__version__}; "
            "install the same version of both"
        )
    if found[0].name == f"{name}.duckdb_extension":
        return str(found[0])
    # The wheel's file name differs from the extension's own: give it its name by a link.
    links.mkdir(parents=True, exist_ok=True)
    link = links / f"{name}.duckdb_extension"
    if not (link.is_symlink() and link.resolve() == found[0].resolve()):
        with tempfile.TemporaryDirectory(dir=links) as scratch:
            fresh = Path(scratch) / link.name
            fresh.symlink_to(found[0])
            fresh.replace(link)  # atomic: several processes may start at once
    return str(link)
