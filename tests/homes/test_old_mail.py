"""Mail of older homes: nothing that was sent leaves again, and what waited leaves once."""

from __future__ import annotations

from itertools import count

from cartera.mail import invoices
from cartera.mail.sender import Sender
from cartera.mail.transports import folder
from cartera.reminders.run import remind
from cartera.schedules.run import run_due
from cartera.store.db import Store, open_store
from cartera.warehouse.reader import Reader
from tests.homes.books import COMPANIES
from tests.homes.desk import TICK
from tests.homes.opened import Home, differences


def pass_of_the_pipeline(home: Home, store: Store) -> None:
    """Everything that writes to clients by itself, and the sender."""
    reader, now = Reader(home.settings, store), home.now
    for company in COMPANIES:
        invoices.queue_new(home.settings, store, reader, company, now=now)
        remind(home.settings, store, reader, company, now=now)
    run_due(home.settings, store, reader, now=now)
    ticks = count()  # a sender waits for its turn at a domain: time must go on
    Sender(home.settings, store, reader, now=lambda: now + next(ticks) * TICK).run()


def letters(home: Home) -> dict[str, bytes]:
    """What lies in the companies' boxes."""
    boxes = [folder.box(home.settings, company) for company in COMPANIES]
    return {path.stem: path.read_bytes() for box in boxes for path in box.glob("*.eml")}


def test_what_was_sent_stays_sent_and_what_waited_leaves_once(copy: Home) -> None:
    before = {row["message"]: row for row in copy.said["said"]["norte"]["mail"]}
    waiting = {name for name, row in before.items() if row["state"] == "waiting"}
    sent = letters(copy)
    store = open_store(copy.settings)
    pass_of_the_pipeline(copy, store)
    after = {
        row["message"]: row
        for row in copy.command.json("mail", "list", "--limit", "500", "--company", "norte")
    }
    assert set(after) == set(before)  # nobody is written to who was already
    unmoved = [name for name in before if name not in waiting]
    assert differences({n: before[n] for n in unmoved}, after) == []
    assert {after[name]["state"] for name in waiting} <= {"sent"}
    now = letters(copy)
    assert set(now) - set(sent) == waiting
    assert {name: now[name] for name in sent} == sent
    pass_of_the_pipeline(copy, store)
    store.close()
    assert letters(copy) == now


def test_a_run_that_was_sent_is_not_sent_again(copy: Home) -> None:
    if not any(row["state"] == "sent" for row in copy.said["said"]["norte"]["mail"]):
        assert letters(copy) == {}
        return
    sent = letters(copy)
    run = ("send", "--with-balance", "--run", "junio", "--yes", "--queue-only")
    assert copy.command(*run, "--company", "norte").code == 0
    rows = copy.command.json("mail", "list", "--limit", "500", "--company", "norte")
    known = {row["message"] for row in copy.said["said"]["norte"]["mail"]}
    # H1, who was made by hand and owes nothing, and whoever was there: nobody is new to that run.
    assert {row["message"] for row in rows} == known
    assert letters(copy) == sent
