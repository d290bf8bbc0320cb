"""Mail that somebody asked for and waits for: before mailings, and whatever was unsubscribed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cartera.mail.outgoing import ASKED_FOR, Kind
from cartera.store import claims, stopped
from cartera.store.claims import Wanted
from tests.mail.desk import Desk


def test_a_new_link_leaves_before_what_was_queued_earlier(desk: Desk) -> None:
    desk.queue(*(f"uno{n}@empresa.co" for n in range(3)))
    (asked,) = desk.queue("espera@empresa.co", kind="access")
    first = claims.claim(
        desk.store, Wanted("main"), sender="s", now=desk.now, lease=timedelta(minutes=1),
        limit=1, per_minute=60_000,
    )  # fmt: skip
    assert [message.public_id for message in first.messages] == [asked]


@pytest.mark.parametrize("kind", ASKED_FOR)
def test_nobody_unsubscribes_from_an_answer_and_the_dead_get_none(desk: Desk, kind: Kind) -> None:
    """Neither before it is composed nor at the hand-over, where it is asked once more."""
    (old,) = desk.queue("caja@empresa.co", kind=kind)
    stopped.unsubscribe(desk.store, old, now=desk.now)
    with desk.store.write() as connection:
        stopped.mark_dead(
            connection, desk.store, "main", "nadie@empresa.co",
            detail="", message_id=None, now=desk.now,
        )  # fmt: skip
    (gone,) = desk.queue("nadie@empresa.co", kind=kind)
    assert desk.run().counts == {"sent": 1, "skipped": 1}
    assert desk.outcome(old) == ("sent", "")
    assert desk.outcome(gone) == ("skipped", "dead")
