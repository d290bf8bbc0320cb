from __future__ import annotations

from datetime import timedelta

import pytest

from cartera.errors import Forbidden
from cartera.store import audit, outbox, stopped
from cartera.store.db import Store
from tests.people import ANA, EVE, READER
from tests.store.mails import NOW, queued

LATER = NOW + timedelta(days=1)


def die(store: Store, address: str, company_id: str = "main") -> bool:
    with store.write() as connection:
        return stopped.mark_dead(
            connection, store, company_id, address,
            detail="550 5.1.1\nno such user", message_id=None, now=NOW,
        )  # fmt: skip


def test_a_dead_address_gets_no_mail_of_any_kind(store: Store) -> None:
    assert die(store, "Ana@X.co")
    assert not die(store, "ana@x.co")
    found = stopped.stopped(store, "main", ["ANA@x.co", "luis@x.co"])
    assert list(found) == ["ANA@x.co"]
    (stop,) = found["ANA@x.co"]
    assert (stop.cause, stop.kind, stop.detail, stop.since) == (
        "dead", "", "550 5.1.1 no such user", NOW,
    )  # fmt: skip
    assert stop.holds_back("statement") and stop.holds_back("invoice")
    assert stopped.stopped(store, "other", ["ana@x.co"]) == {}


def test_the_recipient_stops_one_kind_and_again_changes_nothing(store: Store) -> None:
    (public_id,) = queued(store)
    assert stopped.unsubscribe_of(store, public_id) == (
        "main", "c1@example.com", "statement", "subscribed",
    )  # fmt: skip
    assert stopped.unsubscribe(store, public_id, now=NOW)
    assert stopped.unsubscribe(store, public_id, now=LATER)
    about = stopped.unsubscribe_of(store, public_id)
    assert about is not None
    assert about.state == "unsubscribed"
    (stop,) = stopped.stopped(store, "main", ["c1@example.com"])["c1@example.com"]
    assert (stop.cause, stop.kind, stop.since) == ("unsubscribed", "statement", NOW)
    assert stop.holds_back("statement") and not stop.holds_back("invoice")
    assert [e.what for e in outbox.events(store, "main", public_id)] == ["queued", "unsubscribed"]
    trail = audit.entries(store, "main", subject="c1@example.com")
    assert [(e.who, e.action, e.details["kind"]) for e in trail] == [
        ("recipient", "mail.unsubscribed", "statement")
    ]


def test_an_unknown_message_is_nobodys(store: Store) -> None:
    assert not stopped.unsubscribe(store, "0" * 32, now=NOW)
    assert stopped.unsubscribe_of(store, "0" * 32) is None


def test_resumed_by_a_person(store: Store) -> None:
    (public_id,) = queued(store)
    die(store, "c1@example.com")
    stopped.unsubscribe(store, public_id, now=NOW)
    for by in (READER, EVE):
        with pytest.raises(Forbidden):
            stopped.resume(store, "main", "c1@example.com", by=by, now=LATER)
    assert stopped.resume(store, "main", "C1@example.com", by=ANA, now=LATER) == 2
    assert stopped.resume(store, "main", "c1@example.com", by=ANA, now=LATER) == 0
    assert stopped.stopped(store, "main", ["c1@example.com"]) == {}
    assert audit.entries(store, "main")[0].action == "mail.resumed"


def test_many_addresses_are_asked_at_once(store: Store) -> None:
    die(store, "c1499@x.co")
    asked = [f"c{n}@x.co" for n in range(1_500)]
    assert list(stopped.stopped(store, "main", asked)) == ["c1499@x.co"]
