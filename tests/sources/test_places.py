"""What stands where a file should, and lines that are more or less than a row."""

from __future__ import annotations

import os

import pytest

from cartera.config import Company
from cartera.errors import FileRefused
from cartera.sources.files import read


def refused(path) -> str:
    with pytest.raises(FileRefused) as caught:
        read(path, company=Company())
    return caught.value.reason


def test_folder(tmp_path):
    path = tmp_path / "clients.csv"
    path.mkdir()
    assert refused(path) == "it is not a plain file"


@pytest.mark.timeout(20)  # opening a pipe that nobody writes to waits for ever
def test_pipe_is_never_opened(tmp_path):
    path = tmp_path / "clients.csv"
    os.mkfifo(path)
    assert refused(path) == "it is not a plain file"


def test_symlinks(tmp_path):
    path = tmp_path / "clients.csv"
    path.symlink_to(tmp_path / "nothing")
    assert refused(path) == "it is not a plain file"
    (tmp_path / "nothing").write_text("client_id,name\n1,Ana\n")
    assert read(path, company=Company()).rows == 1


def test_disk_that_fails_is_one_line(tmp_path, monkeypatch):
    def fails(*_):
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "clients.csv"
    path.write_text("client_id,name\n1,Ana\n")
    monkeypatch.setattr("cartera.sources.guards.sha256_of", fails)
    assert refused(path) == "Permission denied"


def test_windows_line_ends_blank_lines_and_line_breaks_in_quotes(read_text):
    text = 'client_id,name,notes\r\n1,Ana,"two\r\nlines"\r\n\r\n,nobody,\r\n,,\r\n3,Eva,\r\n'
    contents = read_text("clients.csv", text)
    clients = contents.tables["clients"]
    assert clients.select("row", "client_id", "notes").rows() == [
        (1, "1", "two\r\nlines"),
        (3, "3", None),
    ]
    assert [r.row for r in contents.rejects] == [2]
    assert contents.rows == 3


def test_progress_never_goes_back(tmp_path):
    path = tmp_path / "clients.csv"
    path.write_text("client_id,name\n" + "".join(f"{n},Ana\n" for n in range(250_000)))
    calls: list[tuple[int, int]] = []
    read(path, company=Company(), progress=lambda done, total: calls.append((done, total)))
    done = [d for d, _ in calls]
    size = path.stat().st_size
    assert done == sorted(done)
    assert {total for _, total in calls} == {size}
    assert 0 < done[0] < size * 0.6
    assert done[-1] == size


def test_template_is_no_program(read_text):
    mapping = """
tables:
  - table: clients
    columns: {client_id: id, name: {template: "{id.__class__}"}}
"""
    with pytest.raises(FileRefused, match=r"needs a column “id\.__class__” that is not there"):
        read_text("export.csv", "id\n1\n", mapping)
