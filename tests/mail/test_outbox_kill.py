"""kill -9 of senders, at any moment: every message once, those in doubt listed, none lost.

A real mail server in a process of its own refuses, puts off, answers late and hangs up; three
senders work on one store and are killed again and again. The server writes down what it took
before it says so: what it says and what the store says must fit.

`make prove` has them send 10,000; what runs by default fits into a test run.
"""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from cartera.config import Settings
from cartera.mail.outgoing import STATES
from cartera.people import operator
from cartera.store import companies, outbox, schema
from cartera.store.db import Store, open_store
from tests.bounds import MESSAGES
from tests.mail.killed import clock, send_until_killed
from tests.mail.servers import kind
from tests.people import ANA
from tests.ports import free_port
from tests.store.conftest import cluster, postgres_url  # noqa: F401  # fixtures
from tests.store.mails import a_draft

ROOT = Path(__file__).parents[2]
#: A kill for so many messages.
EVERY = 50
SENDERS = 3
PATIENCE = 240 if MESSAGES < 2_000 else 3_000
#: What a mailbox's name makes the server do, and how many of a thousand messages go there.
MIX = {
    "nobody": 10, "full": 5, "spam": 10, "grey": 30, "later": 20, "busy": 10, "hangs": 10,
    "slow": 20, "cut": 5, "lost": 5,
}  # fmt: skip
REFUSED = {"nobody", "full", "spam"}
IN_DOUBT = {"cut", "lost"}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    return Settings(
        home=tmp_path / "home", store=url, smtp_host="127.0.0.1", smtp_port=free_port(),
        smtp_security="none",
    )  # fmt: skip


def mailboxes(random: Random, count: int) -> list[str]:
    kinds = [name for name, share in MIX.items() for _ in range(share * count // 1000)]
    kinds += ["ok"] * (count - len(kinds))
    random.shuffle(kinds)
    return [f"{name}.{n}@d{n % 23}.co" for n, name in enumerate(kinds)]


@contextmanager
def mail_server(port: int, log: Path) -> Iterator[None]:
    """The server in a process of its own, from when it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.mail.servers", str(port), str(log)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class Senders:
    """Three of them; one that is killed is replaced."""

    def __init__(self, settings: Settings, start: float) -> None:
        # Forked from a process that has imported everything: importing takes longer than sending.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.mail.killed"])
        self._given = (settings, start)
        self.kills = 0
        self._processes = [self._new() for _ in range(SENDERS)]

    def kill(self, number: int) -> None:
        """kill -9 one, and start another."""
        self._end(self._processes[number])
        self.kills += 1
        self._processes[number] = self._new()

    def close(self) -> None:
        for process in self._processes:
            self._end(process)

    def _new(self) -> BaseProcess:
        process = self._context.Process(target=send_until_killed, args=self._given)
        process.start()
        return process

    def _end(self, process: BaseProcess) -> None:
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL, "it ended by itself"


def unsettled(store: Store) -> int:
    counts = outbox.counts(store, "main")
    return counts["waiting"] + counts["claimed"] + counts["sending"]


@pytest.mark.full
@pytest.mark.timeout(PATIENCE + 60)
def test_every_message_once_whoever_dies(settings: Settings, tmp_path: Path) -> None:
    random = Random(4)
    addresses = mailboxes(random, MESSAGES)
    start = time.time()
    store = open_store(settings)
    changes = {"email": "cartera@empresa.co", "per_minute": 60_000}
    companies.save(store, "main", changes, by=operator("main"), now=clock(start))
    drafts = [a_draft(n, address=address) for n, address in enumerate(addresses)]
    ids = outbox.queue(store, "main", drafts, by=ANA, now=clock(start))
    kinds = {id_: kind(address) for id_, address in zip(ids, addresses, strict=True)}
    log = tmp_path / "taken.log"
    with mail_server(settings.smtp_port, log):
        senders = Senders(settings, start)
        try:
            until = time.monotonic() + PATIENCE
            done = 0
            while left := unsettled(store):
                assert time.monotonic() < until, outbox.counts(store, "main")
                # Killed by progress and not by the clock: a slow machine kills as often.
                if MESSAGES - left >= done + EVERY:
                    time.sleep(random.random() * 0.05)
                    senders.kill(random.randrange(SENDERS))
                    done = MESSAGES - left
                time.sleep(0.02)
        finally:
            senders.close()
    check(store, kinds, log, senders.kills)
    store.close()


def check(store: Store, kinds: dict[str, str], log: Path, kills: int) -> None:
    taken = Counter(line.split()[0] for line in log.read_text().splitlines())
    assert [id_ for id_, times in taken.items() if times > 1] == []
    listed = outbox.list_messages(store, "main")
    states = {message.public_id: message.state for message in listed}
    of = {state: {id_ for id_, its in states.items() if its == state} for state in STATES}
    print({state: len(ids) for state, ids in of.items() if ids}, f"{kills} kills")
    # none lost: every message is settled, as what it is
    assert states.keys() == kinds.keys()
    assert of["sent"] | of["unknown"] | of["failed"] == kinds.keys()
    # what the server took is sent or in doubt, what is sent it took
    assert taken.keys() <= of["sent"] | of["unknown"]
    assert of["sent"] <= taken.keys()
    # in doubt is what was cut off at the end, and at most one message of each sender that died
    doubtful = {id_ for id_, its in kinds.items() if its in IN_DOUBT}
    assert doubtful <= of["unknown"]
    assert len(of["unknown"] - doubtful) <= kills
    refused = {id_ for id_, its in kinds.items() if its in REFUSED}
    assert of["failed"] == refused - of["unknown"]
    assert kills >= MESSAGES // EVERY // 2
    check_links(store, listed)


def check_links(store: Store, listed: list[outbox.Message]) -> None:
    """One link for each message, made with it, and open where somebody may have it."""
    links = schema.links
    with store.read() as connection:
        rows = connection.execute(
            sa.select(links.c.public_id, links.c.contact, links.c.revoked_at)
        ).all()
    assert sorted(row.public_id for row in rows) == sorted(m.link_id or "" for m in listed)
    open_ones = {row.contact for row in rows if row.revoked_at is None}
    assert open_ones == {m.address for m in listed if m.state in ("sent", "unknown")}
