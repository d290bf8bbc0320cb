"""Extensions come from installed wheels; nothing that DuckDB's makers did not sign is run."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest

from cartera.config import Settings
from cartera.errors import ConfigError
from cartera.warehouse import extensions, lake


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The extension file of a package `duckdb-extension-odd`: ducklake's, whole and signed."""
    spec = find_spec("duckdb_extension_ducklake")
    assert spec is not None and spec.submodule_search_locations
    (original,) = Path(next(iter(spec.submodule_search_locations))).glob("**/*.duckdb_extension")
    folder = tmp_path / "packages" / "duckdb_extension_odd" / "extensions"
    (folder / f"v{duckdb.__version__}").mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    copy = folder / f"v{duckdb.__version__}" / "ducklake.duckdb_extension"
    copy.write_bytes(original.read_bytes())
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.setitem(extensions._NAMES, "odd", "ducklake")
    return copy


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    changed = file.with_suffix(".new")
    changed.write_bytes(content)
    changed.replace(file)  # the old one may be loaded: it must not change under the process


def load(links: Path) -> None:
    with duckdb.connect(config=dict(extensions.CONFIG)) as connection:
        extensions.load(connection, ["odd"], links=links)


def test_a_changed_file_is_never_loaded(wheel, tmp_path):
    flip_a_bit(wheel)
    with pytest.raises(duckdb.Error, match="signature"):
        load(tmp_path / "links")


def test_a_file_that_changed_after_it_was_checked_is_checked_again(wheel, tmp_path):
    load(tmp_path / "links")
    flip_a_bit(wheel)
    with pytest.raises(duckdb.Error, match="signature"):
        load(tmp_path / "links")


def test_a_missing_wheel_is_named(tmp_path):
    with pytest.raises(ConfigError, match="duckdb-extension-absent is not installed"):
        extensions.load(duckdb.connect(), ["absent"], links=tmp_path)


def test_a_link_that_points_elsewhere_is_put_right(home: Path, tmp_path: Path):
    settings = Settings(home=home)
    lake.blank_connection(settings).close()
    (link,) = (home / "extensions").glob("sqlite*")
    evil = tmp_path / "evil.so"
    evil.write_bytes(b"no extension")
    good = link.resolve()
    link.unlink()
    link.symlink_to(evil)
    lake.blank_connection(settings).close()
    assert link.resolve() == good
