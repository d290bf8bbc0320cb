"""Reminders in the store: one for each client and day, whoever writes it and however often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from cartera.errors import Forbidden
from cartera.mail.outgoing import About, Content
from cartera.reminders.terms import Sent
from cartera.store import outbox, reminders
from cartera.store.db import Store
from cartera.store.reminders import Planned, RemindedItem
from tests.people import ANA, READER
from tests.store.mails import a_draft, put

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)


def planned(
    client_id: str = "C1", day: date = TODAY, *, rule: str = "first", contacts: int = 1
) -> Planned:
    content = Content("Recordatorio", "<p>Hola</p>", documents=(About("D1"),), level="first")
    return Planned(
        client_id=client_id,
        day=day,
        rule_id=rule,
        level="first",
        items=(RemindedItem("D1", 0, rule), RemindedItem("D2", 2, "due")),
        drafts=tuple(
            a_draft(
                key=f"reminder:{client_id}:{day}:{n}@x.co", kind="reminder", client_id=client_id,
                address=f"{n}@x.co", is_periodic=True, content=content,
            )
            for n in range(contacts)
        ),
        publication_id=5,
    )  # fmt: skip


def queue(store: Store, *them: Planned, gap_days: int = 3) -> reminders.Queued:
    return reminders.queue(store, "main", them, gap_days=gap_days, by=ANA, now=NOW)


def test_a_reminder_stands_with_its_items_and_a_message_for_each_contact(store: Store) -> None:
    done = queue(store, planned(contacts=2), planned("C2"))
    assert (done.client_ids, done.messages, done.passed_over) == (("C1", "C2"), 3, ())
    (kept,) = reminders.of_client(store, "main", "C1")
    assert (kept.day, kept.rule_id, kept.level, kept.publication_id) == (TODAY, "first", "first", 5)
    assert kept.decided_at == NOW
    assert kept.items == (RemindedItem("D1", 0, "first"), RemindedItem("D2", 2, "due"))
    assert [message.address for message in kept.messages] == ["0@x.co", "1@x.co"]
    assert {message.state for message in kept.messages} == {"waiting"}
    assert kept.messages[0].content == planned().drafts[0].content
    (other,) = reminders.of_client(store, "main", "C2")
    assert (other.client_id, other.day) == ("C2", TODAY)


def test_deciding_again_on_the_same_day_queues_nothing(store: Store) -> None:
    queue(store, planned())
    again = queue(store, planned(rule="final"), planned("C2"))
    assert (again.client_ids, again.messages, again.passed_over) == (("C2",), 1, ("C1",))
    assert outbox.count_messages(store, "main") == 2


@pytest.mark.parametrize(("days", "goes"), [(1, False), (2, False), (3, True), (-2, False)])
def test_nobody_is_reminded_within_the_gap_even_by_who_decided_before(
    store: Store, days: int, goes: bool
) -> None:
    queue(store, planned())
    assert queue(store, planned(day=TODAY + days * DAY)).client_ids == (("C1",) if goes else ())


def test_what_was_skipped_altogether_does_not_count(store: Store) -> None:
    queue(store, planned(contacts=2), planned("C2"))
    for message in reminders.of_client(store, "main", "C1")[0].messages:
        put(store, message.public_id, state="skipped", reason="nothing_due")
    assert set(reminders.history(store, "main")) == {"C2"}
    # The day itself is used up, whatever became of it; the next one is not.
    assert queue(store, planned()).client_ids == ()
    assert queue(store, planned(day=TODAY + DAY)).client_ids == ("C1",)


@pytest.mark.parametrize("state", ["sent", "failed", "cancelled", "bounced", "unknown"])
def test_one_message_that_was_not_skipped_counts(store: Store, state: str) -> None:
    queue(store, planned(contacts=2))
    first, second = reminders.of_client(store, "main", "C1")[0].messages
    put(store, first.public_id, state="skipped")
    put(store, second.public_id, state=state)
    assert reminders.history(store, "main") == {
        "C1": [Sent("D1", 0, "first", TODAY), Sent("D2", 2, "due", TODAY)]
    }


def test_history_of_a_span_of_days_and_of_some_clients(store: Store) -> None:
    for days in (0, 3, 6):
        queue(store, planned(day=TODAY + days * DAY), planned("C2", day=TODAY + days * DAY))
    found = reminders.history(
        store, "main", since=TODAY + 3 * DAY, before=TODAY + 6 * DAY, client_ids=["C2"]
    )
    assert {client: {one.day for one in sent} for client, sent in found.items()} == {
        "C2": {TODAY + 3 * DAY}
    }
    assert reminders.history(store, "other") == {}


def test_who_waits_for_an_earlier_reminder_to_leave(store: Store) -> None:
    queue(store, planned(), planned("C2"), planned("C3"))
    later = NOW + timedelta(hours=5)
    (first,) = reminders.of_client(store, "main", "C1")[0].messages
    (second,) = reminders.of_client(store, "main", "C2")[0].messages
    put(store, first.public_id, not_before=later)
    put(store, second.public_id, state="sent")
    assert reminders.in_outbox(store, "main") == {"C1": later, "C3": NOW}


def test_those_who_decide_at_once_remind_each_client_once(store: Store) -> None:
    everybody = [planned(f"C{n}") for n in range(450)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: queue(store, *everybody), range(4)))
    reminded = [client for one in done for client in one.client_ids]
    assert sorted(reminded) == sorted(one.client_id for one in everybody)
    assert outbox.count_messages(store, "main") == 450


def test_different_days_decided_at_once_keep_the_gap(store: Store) -> None:
    days = [TODAY, TODAY + DAY, TODAY + 2 * DAY]
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda day: queue(store, planned(day=day)), days))
    assert sum(len(one.client_ids) for one in done) == 1


def test_readers_remind_nobody(store: Store) -> None:
    with pytest.raises(Forbidden):
        reminders.queue(store, "main", [planned()], gap_days=1, by=READER, now=NOW)


def test_a_reminder_moves_only_forward_and_onto_a_free_day(store: Store) -> None:
    queue(store, planned())
    queue(store, planned(day=TODAY + 5 * DAY))
    later, first = reminders.of_client(store, "main", "C1")
    assert reminders.leaves_on(store, first.id, TODAY)
    assert reminders.leaves_on(store, first.id, TODAY + 2 * DAY)
    assert reminders.leaves_on(store, first.id, TODAY + DAY)  # it left later than that already
    assert not reminders.leaves_on(store, first.id, TODAY + 5 * DAY)
    assert not reminders.leaves_on(store, 999, TODAY)
    assert reminders.days(store, [first.id, later.id]) == {
        first.id: TODAY + 2 * DAY, later.id: TODAY + 5 * DAY,
    }  # fmt: skip
