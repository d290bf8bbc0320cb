"""A prepared statement does what SQLAlchemy's own would, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from cartera.store.db import Store
from cartera.store.prepared import Prepared
from cartera.store.schema import audit, domain_pace

pytestmark = pytest.mark.dialects

NOW = datetime(2026, 3, 9, 15, 30, 1, 250_000, tzinfo=UTC)
ROW = {
    "company_id": "main", "at": NOW, "who": "ana", "action": "tést", "subject": "?, %s and :x",
    "details": {"to": ["ñ", 1, None]},
}  # fmt: skip


def test_rows_are_the_same_as_written_by_the_library(store: Store) -> None:
    with store.write() as connection:
        Prepared(sa.insert(audit)).run(connection, ROW)
        connection.execute(sa.insert(audit), ROW)
    with store.read() as connection:
        of_row = [column for column in audit.c if column.name != "id"]
        first, second = connection.execute(sa.select(*of_row).order_by(audit.c.id)).all()
    assert first == second
    assert dict(first._mapping) == ROW


def test_values_of_the_statement_and_of_the_call(store: Store) -> None:
    domains = [{"domain": name, "available_at": NOW} for name in ("a.co", "b.co", "c.co")]
    later = NOW.replace(year=2027)
    change = Prepared(
        sa.update(domain_pace)
        .where(domain_pace.c.domain.like("%.co"), domain_pace.c.domain != sa.bindparam("but"))
        .values(available_at=sa.bindparam("available_at", type_=domain_pace.c.available_at.type))
    )
    find = Prepared(
        sa.select(domain_pace.c.domain)
        .where(domain_pace.c.available_at > NOW, domain_pace.c.domain != sa.bindparam("but"))
        .order_by(domain_pace.c.domain)
    )
    with store.write() as connection:
        connection.execute(sa.insert(domain_pace), domains)
        assert change.run(connection, {"but": "b.co", "available_at": later}).rowcount == 2
        # The same names in another order are the same statement, and other values other rows.
        assert change.run(connection, {"available_at": NOW, "but": "a.co"}).rowcount == 2
        assert find.run(connection, {"but": "x.co"}).scalars().all() == ["a.co"]
        assert find.run(connection, {"but": "a.co"}).scalars().all() == []


def test_a_wrong_name_is_refused_and_an_error_is_the_librarys(store: Store) -> None:
    add = Prepared(sa.insert(domain_pace))
    row = {"domain": "a.co", "available_at": NOW}
    with store.write() as connection:
        add.run(connection, row)
        with pytest.raises(ValueError, match="colour"):
            Prepared(sa.select(domain_pace.c.domain)).run(connection, {"colour": "red"})
        of_one = domain_pace.c.domain == sa.bindparam("one")
        with pytest.raises(ValueError, match="one"):
            Prepared(sa.select(domain_pace.c.domain).where(of_one)).run(connection, {})
    with pytest.raises(IntegrityError), store.write() as connection:
        add.run(connection, row)
    with pytest.raises(ValueError, match="time zone"), store.write() as connection:
        add.run(connection, {"domain": "b.co", "available_at": NOW.replace(tzinfo=None)})
