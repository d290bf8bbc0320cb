from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from cartera.errors import NotFound, UsageError
from cartera.store import audit, links
from cartera.store.db import Store
from cartera.store.links import NewLink

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def make(store: Store, **changes: Any) -> NewLink:
    values = {"company_id": "main", "client_id": "C1", "days": 30, "now": NOW} | changes
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
    first = links.revoke(store, "main", public_id, "ana", NOW)
    again = links.revoke(store, "main", public_id, "luis", NOW + timedelta(hours=1))
    assert links.state(again, NOW) == "revoked"
    assert (again.revoked_by, again.revoked_at) == ("ana", NOW)
    assert first == again


def test_another_company_cannot_revoke(store: Store) -> None:
    public_id = make(store, company_id="main").link.public_id
    with pytest.raises(NotFound):
        links.revoke(store, "other", public_id, "eve", NOW)
    link = links.by_id(store, public_id)
    assert link is not None
    assert links.state(link, NOW) == "live"


def test_revoke_all_closes_the_open_links_of_one_client(store: Store) -> None:
    make(store), make(store)
    kept = make(store, client_id="C2").link
    assert links.revoke_all(store, "main", "C1", "ana", NOW) == 2
    assert links.revoke_all(store, "main", "C1", "ana", NOW) == 0
    assert [link for link in links.list_links(store, "main") if not link.revoked_at] == [kept]


def test_lists_by_company_and_client_newest_first(store: Store) -> None:
    first, second = make(store).link, make(store).link
    make(store, client_id="C2"), make(store, company_id="other")
    assert links.list_links(store, "main", "C1") == [second, first]
    assert len(links.list_links(store, "main")) == 3


def test_counts_opens(store: Store) -> None:
    public_id = make(store).link.public_id
    links.count_open(store, public_id, NOW)
    links.count_open(store, public_id, NOW + timedelta(minutes=5))
    link = links.by_id(store, public_id)
    assert link is not None
    assert (link.opens, link.last_opened_at) == (2, NOW + timedelta(minutes=5))


@pytest.mark.parametrize("days", [0, -1, 367])
def test_days_out_of_range_are_refused(store: Store, days: int) -> None:
    with pytest.raises(UsageError):
        make(store, days=days)


def test_making_and_revoking_leave_a_trail(store: Store) -> None:
    link = make(store, created_by="ana", contact="c1@example.com").link
    links.revoke(store, "main", link.public_id, "luis", NOW)
    trail = audit.entries(store, "main", subject=link.public_id)
    assert [(entry.who, entry.action) for entry in trail] == [
        ("luis", "link.revoked"),
        ("ana", "link.created"),
    ]
    assert trail[1].details == {"client_id": "C1", "contact": "c1@example.com", "days": 30}
