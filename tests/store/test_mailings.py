from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cartera.errors import Forbidden, NotFound, UsageError
from cartera.store import audit, mailings, outbox
from cartera.store.db import Store
from cartera.store.mailings import Mailing
from tests.people import ANA, EVE, LUIS, READER
from tests.store.mails import CONTENT, NOW, a_draft

LATER = NOW + timedelta(hours=1)


def make(store: Store, count: int = 3, **changes: Any) -> Mailing:
    values: dict[str, Any] = {
        "kind": "statement",
        "content": CONTENT,
        "choice": {"only": "balance"},
        "drafts": [a_draft(n, content=None) for n in range(1, count + 1)],
        "by": ANA,
        "now": NOW,
    }
    return mailings.create(store, "main", **(values | changes))


def states(store: Store, mailing: Mailing) -> dict[str, int]:
    counts = outbox.counts(store, "main", mailing=mailing.public_id)
    return {state: count for state, count in counts.items() if count}


def test_prepared_held_in_part_and_sent(store: Store) -> None:
    mailing = make(store)
    assert mailing == mailings.get(store, "main", mailing.public_id)
    assert (mailing.state, mailing.content, mailing.choice) == (
        "draft", CONTENT, {"only": "balance"},
    )  # fmt: skip
    listed = outbox.list_messages(store, "main", mailing=mailing.public_id)
    assert [message.content for message in listed] == [None] * 3
    assert {message.mailing for message in listed} == {mailing.public_id}
    held = [listed[0].public_id]
    assert outbox.hold(store, "main", held, by=ANA, now=NOW) == 1
    assert outbox.hold(store, "main", held, by=ANA, now=NOW) == 0
    sent = mailings.send(store, "main", mailing.public_id, by=LUIS, now=LATER)
    assert (sent.state, sent.queued_at) == ("queued", LATER)
    assert states(store, mailing) == {"held": 1, "waiting": 2}
    assert outbox.get(store, "main", listed[1].public_id).not_before == LATER
    # once it is sent, what is released goes at once
    assert outbox.release(store, "main", held, by=ANA, now=LATER) == 1
    assert states(store, mailing) == {"waiting": 3}


def test_released_before_it_is_sent_goes_with_the_others(store: Store) -> None:
    mailing = make(store)
    (public_id, *_) = (m.public_id for m in outbox.list_messages(store, "main"))
    outbox.hold(store, "main", [public_id], by=ANA, now=NOW)
    outbox.release(store, "main", [public_id], by=ANA, now=NOW)
    assert states(store, mailing) == {"draft": 3}


def test_sending_twice_changes_nothing_the_second_time(store: Store) -> None:
    mailing = make(store)
    mailings.send(store, "main", mailing.public_id, by=ANA, now=NOW)
    again = mailings.send(store, "main", mailing.public_id, by=LUIS, now=LATER)
    assert again.queued_at == NOW
    actions = [e.action for e in audit.entries(store, "main", subject=mailing.public_id)]
    assert actions == ["mailing.queued", "mailing.created"]


def test_discarded_for_good(store: Store) -> None:
    mailing = make(store)
    first = outbox.list_messages(store, "main")[0].public_id
    outbox.hold(store, "main", [first], by=ANA, now=NOW)
    assert mailings.discard(store, "main", mailing.public_id, by=ANA, now=NOW).state == "discarded"
    assert states(store, mailing) == {"cancelled": 3}
    with pytest.raises(UsageError, match="discarded already"):
        mailings.send(store, "main", mailing.public_id, by=ANA, now=NOW)


def test_one_that_is_sent_cannot_be_discarded(store: Store) -> None:
    mailing = make(store)
    mailings.send(store, "main", mailing.public_id, by=ANA, now=NOW)
    with pytest.raises(UsageError, match="queued already"):
        mailings.discard(store, "main", mailing.public_id, by=ANA, now=NOW)
    assert states(store, mailing) == {"waiting": 3}


def test_a_draft_that_cannot_be_queued_leaves_no_mailing(store: Store) -> None:
    with pytest.raises(UsageError):
        make(store, drafts=[a_draft(1), replace(a_draft(2), address="x")])
    assert mailings.list_mailings(store, "main") == []


def test_lists_newest_first_and_of_one_company(store: Store) -> None:
    first, second = make(store), make(store, drafts=[])
    assert mailings.list_mailings(store, "main") == [second, first]
    assert mailings.list_mailings(store, "main", limit=1, offset=1) == [first]
    assert mailings.list_mailings(store, "other") == []
    with pytest.raises(NotFound):
        mailings.get(store, "other", first.public_id)
    with pytest.raises(NotFound):
        mailings.send(store, "other", first.public_id, by=EVE, now=NOW)


@pytest.mark.parametrize("by", [READER, EVE], ids=["reader", "another company's administrator"])
def test_who_may_not_changes_nothing(store: Store, by: Any) -> None:
    mailing = make(store)
    for act in (mailings.send, mailings.discard):
        with pytest.raises(Forbidden):
            act(store, "main", mailing.public_id, by=by, now=NOW)
    with pytest.raises(Forbidden):
        make(store, by=by)
    assert states(store, mailing) == {"draft": 3}
