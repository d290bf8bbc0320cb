"""`cartera files`: what was loaded, and each file as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cartera
from tests.ledger.lakes import built

CSV = "client_id,name\nC1,Ana\n"
MAPPING = "tables:\n  - table: clients\n    columns: {client_id: id, name: n}\n"


@pytest.fixture
def cartera(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cartera:
    """An installation with three loads: a file, one with a mapping, and one that was refused."""
    folder = tmp_path / "in"
    folder.mkdir()
    monkeypatch.chdir(folder)
    command = Cartera(built(home))
    (folder / "clients.csv").write_text(CSV)
    (folder / "export.csv").write_text("id,n\nC2,Eva\n")
    (folder / "old.yml").write_text(MAPPING)
    (folder / "payments.csv").write_text("nothing\n")
    assert command("load", folder / "clients.csv").code == 0
    assert command("load", folder / "export.csv", "--mapping", folder / "old.yml").code == 0
    assert command("load", folder / "payments.csv").code == 1
    return command


def test_the_list_is_newest_first(cartera):
    found = cartera.json("files", "list")
    assert [(x["file"], x["mapping"], x["state"]) for x in found] == [
        ("payments.csv", "", "refused"), ("export.csv", "old.yml", "loaded"),
        ("clients.csv", "", "loaded"),
    ]  # fmt: skip
    assert "falta la columna «payment_id»" in found[0]["reason"]
    assert "export.csv" in cartera("files", "list").out
    assert cartera("files", "list", "--company", "other").out == "No file was loaded.\n"


def test_each_comes_back(cartera, tmp_path):
    number = {x["file"]: x["id"] for x in cartera.json("files", "list")}
    back = tmp_path / "back"
    assert cartera("files", "get", number["clients.csv"], "-o", back).out == f"{back}\n"
    assert back.read_text() == CSV
    assert cartera("files", "get", number["export.csv"], "--mapping", "-o", back).code == 0
    assert back.read_text() == MAPPING
    assert cartera("files", "get", number["payments.csv"], "-o", back).code == 0
    assert back.read_text() == "nothing\n"


def test_without_a_name_nothing_is_overwritten(cartera):
    number = {x["file"]: x["id"] for x in cartera.json("files", "list")}["clients.csv"]
    done = cartera("files", "get", number)
    assert (done.code, done.out) == (1, "")
    assert "clients.csv is there already" in done.err
    Path("clients.csv").unlink()
    assert cartera("files", "get", number).out == "clients.csv\n"
    assert Path("clients.csv").read_text() == CSV


def test_what_is_not_there_is_one_clear_line(cartera, tmp_path):
    number = {x["file"]: x["id"] for x in cartera.json("files", "list")}
    for arguments in (
        (999,), (number["clients.csv"], "--mapping"), (number["clients.csv"], "--company", "other"),
    ):  # fmt: skip
        done = cartera("files", "get", *arguments)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    for path in (cartera.home / "files").rglob("*.zst"):
        content = bytearray(path.read_bytes())
        content[-3] ^= 1
        path.write_bytes(content)
    done = cartera("files", "get", number["clients.csv"], "-o", tmp_path / "back")
    assert done.code == 1
    assert "is damaged" in done.err
    assert not (tmp_path / "back").exists()
