from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cartera.errors import Forbidden, NotFound, UsageError
from cartera.mail.outgoing import STATES
from cartera.people import Person
from cartera.store import audit, outbox
from cartera.store.db import Store
from tests.people import ANA, EVE, LUIS, READER
from tests.store.mails import CONTENT, NOW, a_draft, put, queued, state

pytestmark = pytest.mark.dialects


def whats(store: Store, public_id: str) -> list[tuple[str, str]]:
    return [(event.what, event.who) for event in outbox.events(store, "main", public_id)]


def test_what_is_queued_is_there_as_it_was_said(store: Store) -> None:
    (public_id,) = outbox.queue(
        store,
        "main",
        [a_draft(address="Ana.Gómez@Ejemplo.CO", document_id="F-1", is_periodic=True)],
        by=ANA,
        now=NOW,
    )
    message = outbox.get(store, "main", public_id)
    assert (message.kind, message.client_id, message.document_id) == ("statement", "C1", "F-1")
    assert (message.address, message.domain) == ("Ana.Gómez@Ejemplo.CO", "ejemplo.co")
    assert (message.state, message.not_before, message.created_by) == ("waiting", NOW, "ana")
    assert message.content == CONTENT
    assert (message.mailing, message.opens, message.is_periodic) == ("", 0, True)
    assert whats(store, public_id) == [("queued", "ana")]
    assert outbox.kept(store, "main", public_id) is None
    assert len(public_id) == 32


def test_a_key_is_queued_once_ever(store: Store) -> None:
    first = queued(store, 3)
    put(store, first[0], state="sent")
    again = outbox.queue(store, "main", [a_draft(n) for n in (2, 4, 1, 4)], by=LUIS, now=NOW)
    assert len(again) == 1
    assert state(store, first[0]) == "sent"
    assert outbox.count_messages(store, "main") == 4
    # the same key of another company is another message
    assert len(outbox.queue(store, "other", [a_draft(1)], by=EVE, now=NOW)) == 1


def test_thousands_in_their_order_in_one_transaction(store: Store) -> None:
    ids = queued(store, 2_500)
    listed = outbox.list_messages(store, "main")
    assert sorted(ids) == sorted(message.public_id for message in listed)
    clients = {message.public_id: message.client_id for message in listed}
    assert [clients[public_id] for public_id in ids] == [f"C{n}" for n in range(1, 2_501)]
    assert [entry.details["count"] for entry in audit.entries(store, "main")] == [2_500]


def test_one_bad_draft_queues_none(store: Store) -> None:
    with pytest.raises(UsageError, match="not an e-mail address"):
        outbox.queue(store, "main", [a_draft(1), a_draft(2, address="x")], by=ANA, now=NOW)
    assert outbox.count_messages(store, "main") == 0


@pytest.mark.parametrize(
    "address",
    ["", "@x.co", "a@", "a b@x.co", "a@x.co\r\nRCPT TO:<b@x.co>", "a@x.co,b@x.co", "<a@x.co>",
     "a@" + "x" * 260, "a\x00@x.co", "a@x.co\u202e"],
)  # fmt: skip
def test_no_address_can_end_a_line_or_name_two(store: Store, address: str) -> None:
    with pytest.raises(UsageError):
        queued(store, address=address)


@pytest.mark.parametrize("wrong", [{"key": ""}, {"content": None}], ids=["no key", "says nothing"])
def test_a_message_needs_a_key_and_something_to_say(store: Store, wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        queued(store, **wrong)


def test_nothing_starts_as_sent(store: Store) -> None:
    with pytest.raises(UsageError):
        outbox.queue(store, "main", [a_draft()], by=ANA, now=NOW, state="sent")


def test_retry_takes_what_can_be_sent_again_and_nothing_else(store: Store) -> None:
    ids = queued(store, len(STATES))
    for public_id, its in zip(ids, STATES, strict=True):
        put(store, public_id, state=its, reason="r", link_id="old", attempts=3, trying_since=NOW)
    later = NOW + timedelta(hours=1)
    assert outbox.retry(store, "main", ids, by=LUIS, now=later) == len(outbox.RETRIABLE)
    after = [outbox.get(store, "main", public_id) for public_id in ids]
    for message, its in zip(after, STATES, strict=True):
        if its in outbox.RETRIABLE:
            assert (message.state, message.reason, message.not_before) == ("waiting", "", later)
            assert message.trying_since is None
            # what may have arrived keeps its link to itself
            assert message.link_id == (None if its in ("unknown", "bounced") else "old")
            assert whats(store, message.public_id)[-1] == ("retried", "luis")
        else:
            assert message.state == its
    assert outbox.retry(store, "main", ids, by=LUIS, now=later) == 0


def test_cancel_stops_what_was_not_handed_over(store: Store) -> None:
    ids = queued(store, len(STATES))
    for public_id, its in zip(ids, STATES, strict=True):
        put(store, public_id, state=its, claimed_by="a sender")
    assert outbox.cancel(store, "main", ids, by=ANA, now=NOW) == len(outbox.CANCELLABLE)
    for public_id, its in zip(ids, STATES, strict=True):
        wanted = "cancelled" if its in outbox.CANCELLABLE else its
        assert state(store, public_id) == wanted


def test_an_unknown_one_is_confirmed_with_the_moment_of_its_hand_over(store: Store) -> None:
    unknown, waiting = queued(store, 2)
    put(store, unknown, state="unknown")
    with store.write() as connection:
        id_ = outbox.get(store, "main", unknown).id
        outbox.note(connection, [id_], "sending", "", "", NOW + timedelta(minutes=1))
    both = [unknown, waiting]
    assert outbox.confirm_sent(store, "main", both, by=ANA, now=NOW + timedelta(days=1)) == 1
    message = outbox.get(store, "main", unknown)
    assert (message.state, message.sent_at) == ("sent", NOW + timedelta(minutes=1))
    assert state(store, waiting) == "waiting"


def test_lists_filter_and_pages(store: Store) -> None:
    ids = queued(store, 4)
    put(store, ids[1], state="failed", subject="100% listo")
    put(store, ids[2], state="bounced")
    invoice = outbox.queue(
        store, "main", [a_draft(9, key="i", kind="invoice", client_id="C2")], by=ANA, now=NOW
    )[0]

    def listed(**asked: Any) -> list[str]:
        found = [message.public_id for message in outbox.list_messages(store, "main", **asked)]
        asked = {k: v for k, v in asked.items() if k not in ("limit", "offset")}
        if len(found) == 5 or asked:
            assert outbox.count_messages(store, "main", **asked) >= len(found)
        return found

    newest = [invoice, *reversed(ids)]
    assert listed() == newest
    assert listed(limit=2, offset=1) == newest[1:3]
    assert listed(states=("failed", "bounced")) == [ids[2], ids[1]]
    assert listed(kind="invoice") == [invoice]
    assert listed(client_id="C2") == [invoice, ids[1]]
    assert listed(text="C3@EXAMPLE") == [ids[2]]
    assert listed(text="cliente 4") == [ids[3]]
    assert listed(text="100%") == [ids[1]]
    assert listed(text="%") == [ids[1]]
    assert listed(mailing="none") == []
    assert outbox.counts(store, "main") == dict.fromkeys(STATES, 0) | {
        "waiting": 3, "failed": 1, "bounced": 1,
    }  # fmt: skip


def test_another_company_sees_and_changes_nothing(store: Store) -> None:
    (public_id,) = queued(store)
    put(store, public_id, state="failed")
    for read in (outbox.get, outbox.events, outbox.kept):
        if read is outbox.get:
            with pytest.raises(NotFound):
                read(store, "other", public_id)
        else:
            assert not read(store, "other", public_id)
    assert outbox.list_messages(store, "other") == []
    for act in (outbox.retry, outbox.cancel, outbox.hold, outbox.release, outbox.confirm_sent):
        assert act(store, "other", [public_id], by=EVE, now=NOW) == 0
    assert state(store, public_id) == "failed"


@pytest.mark.parametrize("by", [READER, EVE], ids=["reader", "another company's administrator"])
def test_who_may_not_changes_nothing(store: Store, by: Person) -> None:
    (public_id,) = queued(store)
    trail = audit.entries(store, "main")
    for act in (outbox.retry, outbox.cancel, outbox.hold, outbox.release, outbox.confirm_sent):
        with pytest.raises(Forbidden):
            act(store, "main", [public_id], by=by, now=NOW)
    with pytest.raises(Forbidden):
        outbox.queue(store, "main", [a_draft(5)], by=by, now=NOW)
    assert state(store, public_id) == "waiting"
    assert audit.entries(store, "main") == trail


def test_acts_leave_a_trail(store: Store) -> None:
    (public_id,) = queued(store)
    outbox.cancel(store, "main", [public_id], by=LUIS, now=NOW)
    outbox.retry(store, "main", [public_id], by=ANA, now=NOW)
    trail = audit.entries(store, "main", subject=public_id)
    assert [(entry.who, entry.action) for entry in trail] == [
        ("ana", "mail.retried"),
        ("luis", "mail.cancelled"),
        ("ana", "mail.queued"),
    ]


def test_what_a_server_said_is_kept_on_one_bearable_line() -> None:
    assert outbox.printable("550 no\r\nBcc: x\x1b[31m \u202e") == "550 no Bcc: x [31m"
    assert len(outbox.printable("x" * 1_000_000)) == outbox.LONGEST_DETAIL
