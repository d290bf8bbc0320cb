"""Reminders at the door: never outside the window, never once they are switched off."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from cartera.mail.outgoing import Content, Draft
from cartera.people import operator
from cartera.reminders.rules import Policy
from cartera.store import links, outbox, pauses, reminder_policy, reminders
from cartera.store.reminders import Planned, RemindedItem
from tests.mail.desk import Desk
from tests.mail.letters import PlainComposer
from tests.people import ANA

HERE = operator("main")
ON = Policy(is_on=True)
#: In Bogotá: Saturday 14:59 and 15:00, Monday 07:00.
SATURDAY = datetime(2026, 11, 21, 19, 59, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def remind(desk: Desk, address: str = "ana@x.co", **changes: object) -> str:
    reminder_policy.save(desk.store, "main", ON, by=HERE, now=desk.now)
    content = Content("Recordatorio", "<p>Hola</p>", level="first")
    (made,) = desk.queue(address, **{"kind": "reminder", "content": content, **changes})
    return made


def test_outside_the_window_a_reminder_waits_and_all_else_leaves(desk: Desk) -> None:
    desk.now = SATURDAY + MINUTE
    reminder = remind(desk)
    copy = remind(desk, "jefe@empresa.co", is_copy=True)
    (statement,) = desk.queue("ana@x.co")
    assert desk.run().counts == {"deferred": 1, "sent": 2}
    message = desk.message(reminder)
    assert (message.state, message.reason, message.not_before) == ("waiting", "window", MONDAY)
    assert (desk.message(copy).state, desk.message(statement).state) == ("sent", "sent")
    desk.now = MONDAY - MINUTE
    assert desk.run().counts == {}
    desk.now = MONDAY
    assert desk.run().counts == {"sent": 1}
    assert desk.whats(reminder) == ["queued", "deferred", "sending", "accepted"]


def test_a_window_that_closes_while_a_batch_is_sent_holds_the_rest(desk: Desk) -> None:
    class Slow(PlainComposer):
        """While it writes, the hour strikes."""

        def compose(self, *arguments, **asked):  # type: ignore[no-untyped-def]
            desk.now = SATURDAY + MINUTE
            return super().compose(*arguments, **asked)

    desk.now = SATURDAY
    reminder = remind(desk)
    assert desk.sender(composer=Slow()).run().counts == {"deferred": 1}
    assert desk.outcome(reminder) == ("waiting", "window")
    assert desk.post.taken == []


def test_waiting_for_the_hour_uses_up_no_patience_with_a_server(desk: Desk) -> None:
    desk.now = SATURDAY
    reminder = remind(desk, "later.ana@x.co")
    desk.run()
    assert desk.message(reminder).trying_since == SATURDAY
    desk.now = SATURDAY + timedelta(days=1)
    desk.run()
    assert desk.message(reminder).trying_since is None
    desk.now = MONDAY
    desk.run()
    assert desk.message(reminder).state == "sent"


def test_switched_off_meanwhile_nobody_is_reminded(desk: Desk) -> None:
    reminder = remind(desk)
    reminder_policy.save(desk.store, "main", Policy(), by=HERE, now=desk.now)
    assert desk.run().counts == {"skipped": 1}
    assert desk.outcome(reminder) == ("skipped", "off")


def test_a_pause_made_while_it_is_written_stops_it(desk: Desk) -> None:
    class Pauses(PlainComposer):
        def compose(self, *arguments, **asked):  # type: ignore[no-untyped-def]
            pauses.pause(desk.store, "main", "C9", by=ANA, now=desk.now)
            return super().compose(*arguments, **asked)

    reminder = remind(desk, client_id="C9")
    desk.sender(composer=Pauses()).run()
    assert desk.outcome(reminder) == ("skipped", "paused")
    assert desk.post.taken == []


def test_each_level_may_have_its_own_sender(desk: Desk) -> None:
    desk.save(
        reminder_sender="cobros@empresa.co", reminder_senders={"final": "gerencia@empresa.co"}
    )
    remind(desk)
    remind(desk, content=Content("Último", "<p>Hola</p>", level="final"))
    desk.run()
    senders = [mail["From"].addresses[0].addr_spec for mail in desk.post.messages()]
    assert senders == ["cobros@empresa.co", "gerencia@empresa.co"]


def test_a_notice_leaves_at_any_hour_without_link_or_client(desk: Desk) -> None:
    desk.now = SATURDAY + MINUTE
    content = Content("Resumen", "<p>Todo bien</p>")
    (notice,) = desk.queue("ana@empresa.co", kind="notice", client_id="", content=content)
    assert desk.run().counts == {"sent": 1}
    message = desk.message(notice)
    assert (message.link_id, message.client_id) == (None, "")
    assert links.list_links(desk.store, "main", "") == []
    assert desk.post.messages()[0]["List-Unsubscribe"] is None
    assert outbox.kept(desk.store, "main", notice) is not None


def planned(desk: Desk, day: date, *addresses: str) -> list[outbox.Message]:
    """A reminder of C1 decided on that day, and its messages."""
    reminder_policy.save(desk.store, "main", ON, by=HERE, now=desk.now)
    content = Content("Recordatorio", "<p>Hola</p>", level="first")
    drafts = tuple(
        Draft(f"reminder:C1:{day}:{to}", "reminder", "C1", to, content=content) for to in addresses
    )
    items = (RemindedItem("D1", 0, "first"),)
    one = Planned("C1", day, "first", "first", items, drafts)
    reminders.queue(desk.store, "main", [one], gap_days=1, by=ANA, now=desk.now)
    return list(reminders.of_client(desk.store, "main", "C1")[0].messages)


def test_a_reminder_counts_from_the_day_on_which_it_leaves(desk: Desk) -> None:
    desk.now = SATURDAY
    planned(desk, SATURDAY.date(), "ana@x.co", "later.eva@x.co")
    assert desk.run().counts == {"sent": 1, "deferred": 1}
    assert reminders.of_client(desk.store, "main", "C1")[0].day == SATURDAY.date()
    desk.now = MONDAY  # the window was closed when the server would have taken it
    assert desk.run().counts == {"sent": 1}
    assert reminders.of_client(desk.store, "main", "C1")[0].day == MONDAY.date()
    (sent,) = reminders.history(desk.store, "main")["C1"]
    assert sent.day == MONDAY.date()


def test_one_that_is_sent_again_leaves_no_client_with_two_on_a_day(desk: Desk) -> None:
    desk.now = SATURDAY
    (old,) = planned(desk, SATURDAY.date(), "ana@x.co")
    outbox.cancel(desk.store, "main", [old.public_id], by=ANA, now=desk.now)
    desk.now = MONDAY
    planned(desk, MONDAY.date(), "ana@x.co")
    assert desk.run().counts == {"sent": 1}
    outbox.retry(desk.store, "main", [old.public_id], by=ANA, now=desk.now)
    assert desk.run().counts == {"skipped": 1}
    assert desk.outcome(old.public_id) == ("skipped", "same_day")
    desk.now = MONDAY + timedelta(days=1)
    outbox.retry(desk.store, "main", [old.public_id], by=ANA, now=desk.now)
    assert desk.run().counts == {"sent": 1}
