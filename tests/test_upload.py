"""Files that people send: any name, any size, cut off anywhere, and who may."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartera import inbox, upload
from cartera.config import Settings, settings
from cartera.errors import FileRefused, Forbidden
from cartera.people import Person
from cartera.store import audit
from cartera.store.db import Store
from tests.stores import new_store

ROWS = b"client_id,name\nC-1,Agora\n"
NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
ANA = Person("ana", "main", "administrator")


@pytest.fixture
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CARTERA_COMPANY", "main")
    return settings()


@pytest.fixture
def store(here: Settings):
    store = new_store(here)
    yield store
    store.close()


def everything(here: Settings) -> list[str]:
    """All that is in the home's inbox, hidden files too, and files put beside it."""
    found = [p.relative_to(here.root).as_posix() for p in here.root.rglob("*") if p.is_file()]
    return sorted(name for name in found if not name.startswith("store.sqlite"))


def deliver(here: Settings, store: Store, name: str, content: bytes = ROWS) -> str:
    path = inbox.deliver(here, store, name, content, ANA, NOW)
    assert path.read_bytes() == content
    return path.relative_to(here.root).as_posix()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("clients.csv", "clients.csv"),
        ("Clients 2026 (1).CSV", "Clients 2026 (1).CSV"),
        ("clients.tsv", "clients.tsv"),
        ("../../etc/clients.csv", "clients.csv"),
        ("..\\..\\clients.csv", "clients.csv"),
        ("C:\\Users\\ana\\clients.xlsx", "clients.xlsx"),
        ("/etc/passwd/clients.csv", "clients.csv"),
        ("clients\0.csv", "clients.csv"),
        ("clients.csv\0.exe/clients.csv", "clients.csv"),
        ("clients\u202evsc.csv", "clientsvsc.csv"),
        ("\u200fclients\u2066.csv", "clients.csv"),
        ("...clients.csv", "clients.csv"),
        (" clients.csv . ", "clients.csv"),
        ("clients:stream|<x>?*.csv", "clients_stream__x___.csv"),
        ("clients\r\n\x1b[31m.csv", "clients[31m.csv"),
        ("clients-ñandú.csv", "clients-ñandú.csv"),
        ("clients-n\u0303.csv", "clients-ñ.csv"),
    ],
)
def test_of_a_name_only_harmless_letters_are_kept(here, store, sent, kept) -> None:
    assert deliver(here, store, sent) == f"inbox/{kept}"
    assert everything(here) == [f"inbox/{kept}"]


@pytest.mark.parametrize("name", ["clients-" + "x" * 300 + ".csv", "clients-" + "ñ" * 300 + ".csv"])
def test_a_long_name_is_cut_and_keeps_its_ending(here, store, name) -> None:
    kept = Path(deliver(here, store, name)).name
    assert kept.startswith("clients-") and kept.endswith(".csv")
    assert len(kept.encode()) <= upload.MAX_NAME_BYTES


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "/", "\\", "\0", ".csv", "clients", "clients.", "clients.exe",
        "clients.csv.exe", "clients.xls", "clients.xlsm", "clients.csv~", "clients.tmp",
        "invoices.csv", "~$clients.csv", "clients.csv/", "clients.csv/..", "CON", "x" * 300,
        "clients." + "c" * 300, "\udcff.csv",
    ],
)  # fmt: skip
def test_what_could_not_be_loaded_is_refused_at_once(here, store, name) -> None:
    with pytest.raises(FileRefused):
        inbox.deliver(here, store, name, ROWS, ANA, NOW)
    assert everything(here) == []
    assert audit.entries(store, "main") == []


@given(st.text(max_size=400) | st.text("./\\\0~$ ab\u202eé", max_size=40))
def test_a_clean_name_is_one_safe_part_of_a_path(name: str) -> None:
    clean = upload.clean_name(name)
    assert upload.clean_name(clean) == clean
    assert Path(clean).name == clean
    assert not clean.startswith(".") and all(c.isprintable() for c in clean)
    assert len(clean.encode()) <= upload.MAX_NAME_BYTES


def test_a_mapping_makes_a_name_known(here, store) -> None:
    (here.root / "mappings").mkdir(parents=True)
    (here.root / "mappings" / "xero.yml").write_text("tables: {}\n")
    assert deliver(here, store, "Xero-2026.csv") == "inbox/Xero-2026.csv"


def test_the_trail_says_who_sent_what(here, store) -> None:
    deliver(here, store, "clients.csv")
    (entry,) = audit.entries(store, "main")
    assert (entry.who, entry.action, entry.subject) == ("ana", "file.uploaded", "clients.csv")
    assert entry.details["bytes"] == len(ROWS)
    assert len(entry.details["sha256"]) == 64


def test_a_reader_may_not(here, store) -> None:
    with pytest.raises(Forbidden):
        inbox.deliver(here, store, "clients.csv", ROWS, Person("bo", "main", "reader"), NOW)
    assert everything(here) == []


def test_a_file_goes_to_its_persons_company_alone(here, store) -> None:
    (here.root / "cartera.toml").write_text('[company.main]\n[company.otra]\nname = "Otra"\n')
    of_two = Settings(company="main")
    person = Person("eva", "otra", "administrator")
    path = inbox.deliver(of_two, store, "clients.csv", ROWS, person, NOW)
    assert path == of_two.inbox / "otra" / "clients.csv"
    assert [f.company for f in inbox.ready(of_two, quiet_seconds=0.0)] == ["otra"]
    for unknown in ("nadie", "..", ".", "../otra"):
        stranger = Person("eva", unknown, "administrator")
        with pytest.raises(FileRefused):
            inbox.deliver(of_two, store, "clients.csv", ROWS, stranger, NOW)


def test_a_file_that_is_there_is_never_overwritten(here, store) -> None:
    assert deliver(here, store, "clients.csv") == "inbox/clients.csv"
    assert deliver(here, store, "clients.csv", ROWS + b"C-2,B\n") == "inbox/clients-2.csv"
    (here.inbox / "clients-3.csv").symlink_to("nowhere")
    assert deliver(here, store, "clients.csv") == "inbox/clients-4.csv"
    assert (here.inbox / "clients.csv").read_bytes() == ROWS


def test_many_at_once_get_a_name_each(here, store, monkeypatch) -> None:
    # Files have the true time, also where the tests run on another day.
    monkeypatch.setattr(upload, "LEFTOVER_SECONDS", 10 * 365 * 86_400)

    def send(number: int) -> None:
        inbox.deliver(here, store, "clients.csv", ROWS + b"C-%d,N\n" % number, ANA, NOW)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = list(here.inbox.iterdir())
    assert len(files) == len({path.read_bytes() for path in files}) == 12
    assert len(audit.entries(store, "main")) == 12


def test_too_large_or_empty_leaves_nothing(here, store, monkeypatch) -> None:
    monkeypatch.setattr(upload, "MAX_UPLOAD", 3 << 20)
    for content in (io.BytesIO(b"x" * ((3 << 20) + 1)), b""):
        with pytest.raises(FileRefused):
            inbox.deliver(here, store, "clients.csv", content, ANA, NOW)
    assert everything(here) == []
    deliver(here, store, "clients.csv", b"x" * (3 << 20))  # exactly as much as may be


def test_a_stream_that_breaks_leaves_nothing(here, store) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise ConnectionError("gone")
            return super().read(10)

    with pytest.raises(ConnectionError):
        inbox.deliver(here, store, "clients.csv", Broken(ROWS), ANA, NOW)
    assert everything(here) == []


def test_without_the_trail_there_is_no_file_name(here, store, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(audit, "add", broken)
    with pytest.raises(OSError, match="disk full"):
        inbox.deliver(here, store, "clients.csv", ROWS, ANA, NOW)
    assert everything(here) == []


CUT_OFF = """
import os, signal, sys, datetime
from cartera import inbox, upload
from cartera.config import settings
from cartera.people import Person
from cartera.store.db import open_store
here = settings()
store = open_store(here)
def killed(self, name):
    print(self.path, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
upload.Scratch.publish = killed
now = datetime.datetime.now(datetime.UTC)
inbox.deliver(here, store, "clients.csv", b"client_id,name\\n" * 1000,
              Person("ana", "main", "administrator"), now)
"""


def test_killed_before_its_name_a_file_is_never_seen(here, store) -> None:
    done = subprocess.run([sys.executable, "-c", CUT_OFF], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL
    left = Path(done.stdout.strip())
    assert left.exists()
    assert inbox.ready(here, quiet_seconds=0.0) == []
    os.utime(left, (time.time(), time.time()))  # by this process's clock
    deliver(here, store, "clients.csv")
    assert left.exists()  # it may be an upload that is still going on
    day_ago = time.time() - upload.LEFTOVER_SECONDS - 1
    os.utime(left, (day_ago, day_ago))
    deliver(here, store, "clients.csv")
    assert everything(here) == ["inbox/clients-2.csv", "inbox/clients.csv"]
