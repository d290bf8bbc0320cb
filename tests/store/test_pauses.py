"""Pauses: what they hold back, when, and what becomes of reminders that wait already."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cartera.errors import Forbidden, NotFound, UsageError
from cartera.mail.outgoing import About, Content
from cartera.reminders.terms import Hold
from cartera.store import audit, outbox, pauses
from cartera.store.db import Store
from tests.people import ANA, EVE, READER
from tests.store.mails import a_draft, put

#: 21:00 in Bogotá, where it is still the 24th.
NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)


def pause(store: Store, client_id: str = "C1", **what: object) -> pauses.Pause:
    return pauses.pause(store, "main", client_id, by=ANA, now=NOW, **what)  # type: ignore[arg-type]


def holds(store: Store, day: date) -> dict[str, list[Hold]]:
    return pauses.holds(store, "main", day, timezone="America/Bogota")


def waiting(store: Store, *documents: str, address: str = "ana@x.co", client: str = "C1") -> str:
    content = Content("R", "<p>R</p>", documents=tuple(About(d) for d in documents), level="due")
    key = f"reminder:{client}:{','.join(documents)}:{address}"
    draft = a_draft(key=key, kind="reminder", client_id=client, address=address, content=content)
    (public_id,) = outbox.queue(store, "main", [draft], by=ANA, now=NOW)
    return public_id


def outcome(store: Store, public_id: str) -> tuple[str, str]:
    message = outbox.get(store, "main", public_id)
    return message.state, message.reason


def test_until_is_its_last_day(store: Store) -> None:
    pause(store, document_id="D1", until=TODAY + 2 * DAY, reason="prometió pagar")
    hold = Hold("D1", "", TODAY + 2 * DAY, "prometió pagar")
    assert holds(store, TODAY) == holds(store, TODAY + 2 * DAY) == {"C1": [hold]}
    assert holds(store, TODAY + 3 * DAY) == {}
    assert holds(store, TODAY - DAY) == {}  # nobody had said so yet


def test_a_lifted_pause_held_on_the_days_before(store: Store) -> None:
    made = pause(store)
    later = NOW + 3 * DAY
    lifted = pauses.resume(store, "main", made.public_id, by=ANA, now=later)
    assert (lifted.lifted_at, lifted.lifted_by) == (later, ANA.login)
    assert "C1" in holds(store, TODAY + 2 * DAY)
    assert holds(store, TODAY + 3 * DAY) == {}
    again = pauses.resume(store, "main", made.public_id, by=ANA, now=later + DAY)
    assert again.lifted_at == later
    actions = [e.action for e in audit.entries(store, "main", subject="C1")]
    assert actions == ["reminder.resumed", "reminder.paused"]


def test_lists_leave_out_what_is_over(store: Store) -> None:
    first = pause(store, until=TODAY)
    second = pause(store, "C2")
    third = pause(store, "C2", address="ANA@X.co")
    pauses.resume(store, "main", third.public_id, by=ANA, now=NOW)

    def ids(**asked: object) -> list[str]:
        return [p.public_id for p in pauses.pauses(store, "main", **asked)]  # type: ignore[arg-type]

    assert ids() == [second.public_id, first.public_id]
    assert ids(day=TODAY + DAY) == [second.public_id]
    assert ids(client_id="C2", with_lifted=True) == [third.public_id, second.public_id]
    assert third.address == "ana@x.co"


@pytest.mark.parametrize(
    ("pause_of", "stopped"),
    [
        ({}, {"both", "one", "luis"}),
        ({"address": "ana@x.co"}, {"both", "one"}),
        ({"document_id": "D1"}, {"one"}),
        ({"document_id": "D1", "address": "luis@x.co"}, set()),
    ],
)
def test_waiting_reminders_that_are_covered_completely_do_not_go(
    store: Store, pause_of: dict[str, str], stopped: set[str]
) -> None:
    them = {
        "both": waiting(store, "D1", "D2"),
        "one": waiting(store, "D1"),
        "luis": waiting(store, "D1", "D2", address="luis@x.co"),
    }
    other, gone = waiting(store, "D1", client="C2"), waiting(store, "D1", address="z@x.co")
    put(store, gone, state="sent")
    pause(store, **pause_of)
    assert {name for name, each in them.items() if outcome(store, each)[0] != "waiting"} == stopped
    for name in stopped:
        assert outcome(store, them[name]) == ("skipped", "paused")
    assert (outcome(store, other)[0], outcome(store, gone)[0]) == ("waiting", "sent")


def test_pauses_of_single_documents_cover_together(store: Store) -> None:
    both = waiting(store, "D1", "D2")
    pause(store, document_id="D1")
    assert outcome(store, both)[0] == "waiting"
    pause(store, document_id="D2")
    assert outcome(store, both) == ("skipped", "paused")


def test_what_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="is over"):
        pause(store, until=TODAY - 2 * DAY)
    with pytest.raises(UsageError, match="needs a client"):
        pause(store, " ")
    made = pause(store)
    with pytest.raises(NotFound):
        pauses.resume(store, "other", made.public_id, by=EVE, now=NOW)
    with pytest.raises(Forbidden):
        pauses.pause(store, "main", "C1", by=READER, now=NOW)
