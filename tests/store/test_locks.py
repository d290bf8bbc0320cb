from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection

import pytest

from cartera.config import Settings
from cartera.errors import Busy
from cartera.store.db import Store
from cartera.store.locks import writer_lock

pytestmark = pytest.mark.dialects


def _hold(settings: Settings, url: str, ready: Connection) -> None:
    with writer_lock(settings, Store(url), who="loader"):
        ready.send("held")
        ready.recv()  # nothing comes: it holds the lock until it is killed


def test_second_writer_is_told_who_writes(settings: Settings, store: Store) -> None:
    with writer_lock(settings, store, who="loader"):
        with pytest.raises(Busy, match=r"by loader \(pid \d+\)"):
            with writer_lock(settings, store, wait=0.1, who="other"):
                pytest.fail("two writers at once")
    with writer_lock(settings, store, wait=0, who="other"):
        pass


def test_given_back_after_an_error(settings: Settings, store: Store) -> None:
    with pytest.raises(KeyError), writer_lock(settings, store):
        raise KeyError
    with writer_lock(settings, store, wait=0):
        pass


def test_a_killed_writer_leaves_no_lock(settings: Settings, store: Store) -> None:
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    url = store.url.render_as_string(hide_password=False)
    process = spawn.Process(target=_hold, args=(settings, url, there))
    process.start()
    assert here.poll(60)  # a child that died says nothing, ever
    assert here.recv() == "held"
    with pytest.raises(Busy):
        with writer_lock(settings, store, wait=0):
            pytest.fail("two writers at once")
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with writer_lock(settings, store, wait=10):
        pass


def test_store_stays_usable_while_the_lock_is_held(settings: Settings, store: Store) -> None:
    with writer_lock(settings, store):
        store.migrate()
