from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from cartera.errors import Forbidden, NotFound, UsageError
from cartera.people import Person
from cartera.store import audit, links
from cartera.store.db import Store
from cartera.store.links import NewLink
from tests.people import ANA, EVE, LUIS, READER

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def make(store: Store, **changes: Any) -> NewLink:
    values = {"company_id": "main", "client_id": "C1", "days": 30, "by": ANA, "now": NOW}
    values |= changes
    return links.create(store, **values)


def test_a_token_opens_its_link_only(store: Store) -> None:
    mine, other = make(store, client_id="C1"), make(store, client_id="C2")
    assert links.by_token(store, mine.token) == mine.link
    assert links.by_id(store, mine.link.public_id) == mine.link
    assert links.by_token(store, "x") is None
    assert links.by_token(store, mine.link.public_id) is None
    assert links.holds(mine.link, mine.token)
    assert not links.holds(mine.link, other.token)
    assert not links.holds(mine.link, "ñ")


def test_the_token_is_nowhere_in_the_store(store: Store) -> None:
    new = make(store)
    with store.read() as connection:
        for table in ("links", "audit"):
            rows = connection.execute(sa.text(f"select * from {table}")).all()
            assert new.token not in repr(rows)
    assert new.token not in repr(new)
    assert new.link.token_hash not in repr(new)


def test_lives_until_the_moment_it_expires(store: Store) -> None:
    link = make(store, days=1).link
    assert links.state(link, NOW + timedelta(days=1, microseconds=-1)) == "live"
    assert links.state(link, NOW + timedelta(days=1)) == "expired"


def test_times_come_back_in_utc(store: Store) -> None:
    bogota = NOW.astimezone(timezone(timedelta(hours=-5)))
    link = make(store, now=bogota).link
    assert link.created_at == NOW
    assert link.created_at.utcoffset() == timedelta(0)


def test_revoked_for_good(store: Store) -> None:
    public_id = make(store).link.public_id
    first = links.revoke(store, "main", public_id, ANA, NOW)
    again = links.revoke(store, "main", public_id, LUIS, NOW + timedelta(hours=1))
    assert links.state(again, NOW) == "revoked"
    assert (again.revoked_by, again.revoked_at) == ("ana", NOW)
    assert first == again


def test_another_company_cannot_revoke(store: Store) -> None:
    public_id = make(store, company_id="main").link.public_id
    with pytest.raises(NotFound):
        links.revoke(store, "other", public_id, EVE, NOW)
    link = links.by_id(store, public_id)
    assert link is not None
    assert links.state(link, NOW) == "live"


def test_revoke_all_closes_the_open_links_of_one_client(store: Store) -> None:
    make(store), make(store)
    kept = make(store, client_id="C2").link
    assert links.revoke_all(store, "main", "C1", ANA, NOW) == 2
    assert links.revoke_all(store, "main", "C1", ANA, NOW) == 0
    assert [link for link in links.list_links(store, "main") if not link.revoked_at] == [kept]


def test_lists_by_company_and_client_newest_first(store: Store) -> None:
    first, second = make(store).link, make(store).link
    make(store, client_id="C2"), make(store, company_id="other", by=EVE)
    assert links.list_links(store, "main", "C1") == [second, first]
    assert len(links.list_links(store, "main")) == 3


def test_counts_opens(store: Store) -> None:
    public_id = make(store).link.public_id
    links.count_opens(store, {public_id: 1}, NOW)
    links.count_opens(store, {public_id: 1, "unknown": 3}, NOW + timedelta(minutes=5))
    link = links.by_id(store, public_id)
    assert link is not None
    assert (link.opens, link.last_opened_at) == (2, NOW + timedelta(minutes=5))


@pytest.mark.parametrize("days", [0, -1, 367])
def test_days_out_of_range_are_refused(store: Store, days: int) -> None:
    with pytest.raises(UsageError):
        make(store, days=days)


def test_making_and_revoking_leave_a_trail(store: Store) -> None:
    link = make(store, contact="c1@example.com").link
    links.revoke(store, "main", link.public_id, LUIS, NOW)
    trail = audit.entries(store, "main", subject=link.public_id)
    assert [(entry.who, entry.action) for entry in trail] == [
        ("luis", "link.revoked"),
        ("ana", "link.created"),
    ]
    assert trail[1].details == {"client_id": "C1", "contact": "c1@example.com", "days": 30}


def test_renewed_for_the_same_client_and_contact(store: Store) -> None:
    old = make(store, contact="c1@example.com", days=5).link
    later = NOW + timedelta(days=3)
    new = links.renew(store, "main", old.public_id, days=30, by=LUIS, now=later)
    assert (new.link.client_id, new.link.contact) == ("C1", "c1@example.com")
    assert new.link.expires_at == later + timedelta(days=30)
    assert new.link.created_by == "luis"
    assert links.by_token(store, new.token) == new.link
    closed = links.by_id(store, old.public_id)
    assert closed is not None
    assert (links.state(closed, later), closed.revoked_by) == ("revoked", "luis")
    # one that is over already is renewed just so, and keeps the moment at which it was closed
    again = links.renew(store, "main", old.public_id, days=1, by=ANA, now=later)
    assert again.link.public_id != new.link.public_id
    assert links.by_id(store, old.public_id) == closed


def test_what_cannot_be_renewed_stays_as_it_is(store: Store) -> None:
    old = make(store).link
    for company, days, by, error in (
        ("main", 0, ANA, UsageError),
        ("other", 30, EVE, NotFound),
        ("main", 30, READER, Forbidden),
    ):
        with pytest.raises(error):
            links.renew(store, company, old.public_id, days=days, by=by, now=NOW)
    assert links.list_links(store, "main") == [old]
    assert links.list_links(store, "other") == []


@pytest.mark.parametrize("by", [READER, EVE], ids=["reader", "another company's administrator"])
@pytest.mark.parametrize("act", ["create", "revoke", "revoke_all", "renew"])
def test_who_may_not_changes_nothing(store: Store, act: str, by: Person) -> None:
    link = make(store).link
    acts = {
        "create": lambda: make(store, by=by),
        "revoke": lambda: links.revoke(store, "main", link.public_id, by, NOW),
        "revoke_all": lambda: links.revoke_all(store, "main", "C1", by, NOW),
        "renew": lambda: links.renew(store, "main", link.public_id, days=1, by=by, now=NOW),
    }
    trail = audit.entries(store, "main")
    with pytest.raises(Forbidden):
        acts[act]()
    assert links.list_links(store, "main") == [link]
    assert audit.entries(store, "main") == trail


def test_lists_by_state_and_in_pages(store: Store) -> None:
    live = [make(store, days=10).link for _ in range(3)]
    old = make(store, days=1).link
    gone = make(store).link
    links.revoke(store, "main", gone.public_id, ANA, NOW)
    later = NOW + timedelta(days=1)

    def ids(**asked: Any) -> list[str]:
        return [link.public_id for link in links.list_links(store, "main", now=later, **asked)]

    newest = [link.public_id for link in reversed(live)]
    assert ids(state="live") == newest
    assert ids(state="expired") == [old.public_id]
    assert ids(state="revoked") == [gone.public_id]
    assert ids(state="live", limit=2) == newest[:2]
    assert ids(state="live", limit=2, offset=2) == newest[2:]
    assert links.count_links(store, "main", state="live", now=later) == 3
    assert links.count_links(store, "main", "C1") == 5
    assert links.count_links(store, "main", "C9") == 0
    with pytest.raises(ValueError, match="now"):
        links.list_links(store, "main", state="live")


def test_a_link_outlives_the_last_due_date_within_bounds() -> None:
    today = date(2026, 11, 25)
    assert links.lifetime(30, None, today) == 30  # nothing is open
    assert links.lifetime(30, today - timedelta(days=200), today) == 30  # all of it is due
    assert links.lifetime(30, today, today) == 30
    assert links.lifetime(30, today + timedelta(days=45), today) == 75
    assert links.lifetime(30, today + timedelta(days=400), today) == 120
    assert links.lifetime(120, today + timedelta(days=1), today) == 120
