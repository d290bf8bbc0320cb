"""The editor's bundle: made where npm's packages can be reached, said in words where not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streamlit_app.staff.editor import build, component


def test_every_package_is_pinned_by_hash_and_from_no_address() -> None:
    lock = json.loads((build.HERE / "package-lock.json").read_text())
    wanted = json.loads((build.HERE / "package.json").read_text())["dependencies"]
    assert all(version[0].isdigit() for version in wanted.values())
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert all("integrity" in one and "resolved" not in one for one in packages.values())


def test_where_npm_fails_setup_goes_on_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "BUILT", tmp_path / "built")
    monkeypatch.setattr(build, "WORK", tmp_path / "work")
    # nobody listens there, and npm is told to look nowhere else
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    assert build.main() == 0
    said = capsys.readouterr().err
    assert "plain text area" in said
    assert "make setup" in said
    assert not build.bundle().exists()


def test_a_bundle_of_these_sources_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "BUILT", tmp_path)
    monkeypatch.setattr(build, "build", lambda: pytest.fail("it was made again"))
    for suffix in (".js", ".css"):
        build.bundle(suffix).write_text("")
    assert build.main() == 0


def test_the_name_follows_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.bundle()
    (tmp_path / "editor.js").write_text("export default 1")
    monkeypatch.setattr(build, "SOURCE", tmp_path)
    assert build.bundle() != before


def test_the_text_area_keeps_words_and_nothing_active() -> None:
    html = "<p>Hola <b>{cliente}</b>,<br>su saldo:</p><p>1 &lt; 2</p>"
    text = component.as_text(html)
    assert text == "Hola {cliente},\nsu saldo:\n\n1 < 2"
    assert component.as_html(text) == "<p>Hola {cliente},<br>su saldo:</p><p>1 &lt; 2</p>"
    assert component.as_html("<script>x</script>") == "<p>&lt;script&gt;x&lt;/script&gt;</p>"
    assert component.as_html(" \n\n ") == ""
