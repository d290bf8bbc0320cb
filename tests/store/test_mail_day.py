"""What became of a day's mail, counted."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from cartera.store import mail_day, mailings, outbox
from cartera.store.db import Store
from cartera.store.mail_day import Lost, Waits
from cartera.store.schema import messages
from tests.people import ANA
from tests.store.mails import CONTENT, NOW, a_draft, put, queued

HOUR = timedelta(hours=1)


def note(store: Store, public_id: str, what: str, hours: int) -> None:
    with store.write() as connection:
        id_ = connection.execute(
            sa.select(messages.c.id).where(messages.c.public_id == public_id)
        ).scalar_one()
        outbox.note(connection, [id_], what, "", "", NOW + hours * HOUR)  # type: ignore[arg-type]


def test_nothing_was_sent_and_nothing_waits(store: Store) -> None:
    queued(store, 3)  # due now: they leave by themselves
    found = mail_day.since(store, "main", NOW - HOUR, NOW)
    assert (found.sent, found.waiting, found.lost) == ({}, (), ())
    assert (found.bounced, found.failed, found.in_doubt, found.held) == (0, 0, 0, 0)


def test_what_was_sent_in_the_time_by_kind(store: Store) -> None:
    one, two, old, reminder, notice = (
        outbox.queue(store, "main", [a_draft(n, **more)], by=ANA, now=NOW)[0]
        for n, more in enumerate(
            [{}, {}, {}, {"kind": "reminder"}, {"kind": "notice", "client_id": ""}]
        )
    )
    for public_id in (one, two, reminder, notice):
        put(store, public_id, state="sent", sent_at=NOW + HOUR)
    put(store, old, state="sent", sent_at=NOW - HOUR)
    found = mail_day.since(store, "main", NOW, NOW + 2 * HOUR)
    assert found.sent == {"statement": 2, "reminder": 1}
    assert mail_day.since(store, "other", NOW, NOW + 2 * HOUR).sent == {}


def test_what_came_back_is_counted_by_when_it_did(store: Store) -> None:
    ids = queued(store, 8)
    for public_id in ids[:6]:
        note(store, public_id, "bounced", 1)
    note(store, ids[6], "failed", 1)
    note(store, ids[7], "failed", -1)
    found = mail_day.since(store, "main", NOW, NOW + 2 * HOUR)
    assert (found.bounced, found.failed, len(found.lost)) == (6, 1, mail_day.MOST_NAMED)
    assert found.lost[0] == Lost("C7", "c7@example.com")


def test_what_waits_by_reason_and_until_when(store: Store) -> None:
    first, second, third, unsure = queued(store, 4)
    put(store, first, reason="window", not_before=NOW + 5 * HOUR)
    put(store, second, reason="window", not_before=NOW + 3 * HOUR)
    put(store, third, reason="deferred", not_before=NOW + HOUR)
    put(store, unsure, state="unknown")
    found = mail_day.since(store, "main", NOW, NOW)
    assert found.waiting == (
        Waits("deferred", 1, NOW + HOUR), Waits("window", 2, NOW + 3 * HOUR),
    )  # fmt: skip
    assert found.in_doubt == 1


def test_held_back_counts_once_its_mailing_was_sent(store: Store) -> None:
    made = mailings.create(
        store, "main", kind="statement", content=CONTENT, choice={},
        drafts=[a_draft(n, content=None) for n in (1, 2)], by=ANA, now=NOW,
    )  # fmt: skip
    one = outbox.list_messages(store, "main", mailing=made.public_id)[0]
    outbox.hold(store, "main", [one.public_id], by=ANA, now=NOW)
    assert mail_day.since(store, "main", NOW, NOW).held == 0
    mailings.send(store, "main", made.public_id, by=ANA, now=NOW)
    assert mail_day.since(store, "main", NOW, NOW).held == 1
