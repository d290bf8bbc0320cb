"""What dbt made of the models is kept for the next process, and trusted no further than it goes."""

from __future__ import annotations

import shutil
from argparse import Namespace
from pathlib import Path

import pytest
from dbt import flags

from cartera.config import Settings
from cartera.warehouse import parsed
from cartera.warehouse import refresh as refreshing


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models somewhere else, with nothing kept."""
    folder = tmp_path / "project"
    shutil.copytree(refreshing.PROJECT, folder, ignore=shutil.ignore_patterns("target", "logs"))
    monkeypatch.setattr(refreshing, "PROJECT", folder)
    refreshing._manifests.clear()
    return folder


@pytest.mark.full
def test_is_read_where_it_is_whole_and_made_again_where_it_is_not(
    project: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = refreshing.definitions()
    assert parsed.kept(project, known) is None

    made = refreshing.parse(Settings(home=home))
    # As in a process that never called dbt, such as the pipeline's when it starts.
    monkeypatch.setattr(flags, "GLOBAL_FLAGS", Namespace(USE_COLORS=True))
    (kept,) = (project / "target").glob("parsed-*")
    read = parsed.kept(project, known)
    assert read is not None
    assert (
        read.writable_manifest().to_dict()["nodes"] == made.writable_manifest().to_dict()["nodes"]
    )

    kept.write_bytes(kept.read_bytes()[:1000])  # as a full disk leaves it
    assert parsed.kept(project, known) is None
    refreshing._manifests.clear()
    assert set(refreshing.parse(Settings(home=home)).nodes) == set(made.nodes)
    assert parsed.kept(project, known) is not None

    # Other models: another manifest, and the old one goes.
    model = project / "models" / "marts" / "open_items.sql"
    model.write_text(model.read_text() + "\n-- changed\n")
    assert parsed.kept(project, refreshing.definitions()) is None
    refreshing.parse(Settings(home=home))
    assert parsed.kept(project, known) is None
    assert len(list((project / "target").iterdir())) == 1

    # A folder that cannot be written only costs the time.
    shutil.rmtree(project / "target")
    (project / "target").write_text("not a folder")
    parsed.keep(project, known, made)
    assert parsed.kept(project, known) is None
