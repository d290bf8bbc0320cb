"""Incremental = full rebuild = naive oracle, over random histories.

One example is many independent companies loaded together, so that one refresh (a second or two)
proves all of them. `make prove` tries more of them.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartera.aging import bucket_names
from tests.bounds import HISTORIES
from tests.ledger import oracle
from tests.ledger.histories import DAYS, FIRST_DAY, KEYS, Arrival, history
from tests.ledger.lakes import Lake, dump

pytestmark = pytest.mark.full
#: More of them where more is proved.
COMPANIES = 40 if HISTORIES == 1 else 60
thorough = settings(
    max_examples=HISTORIES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
seeds = st.integers(min_value=0, max_value=2**32 - 1)


def arrivals_of(seed: int, *, timed: bool) -> list[Arrival]:
    """The companies' rows, side by side."""
    random = Random(seed)
    found = [history(random, f"co{n}", timed=timed) for n in range(COMPANIES)]
    places = [(n / len(rows), row) for rows in found for n, row in enumerate(rows)]
    return [row for _, row in sorted(places, key=lambda place: place[0])]


def cut(rows: list[Arrival], random: Random) -> list[list[Arrival]]:
    """The rows in a large batch and a few small ones, which leave much untouched."""
    size = len(rows) // 12
    later = [random.randint(1, size) for _ in range(random.randint(2, 3))]
    marks = [0, *(len(rows) - sum(later[n:]) for n in range(len(later) + 1))]
    return [rows[a:b] for a, b in pairwise(marks)]


def books(rows: list[Arrival]) -> dict[str, oracle.Book]:
    """The oracle's ledger of each company."""
    tables: dict[str, dict[str, list[oracle.Row]]] = defaultdict(lambda: {t: [] for t in KEYS})
    for table, row in rows:
        tables[str(row["company_id"])][table].append(row)
    return {company: oracle.book(found) for company, found in tables.items()}


def days(random: Random, expected: dict[str, oracle.Book]) -> list[date]:
    """A few as-of days: any day, days on which something is due, one after everything."""
    due = [item.due for made in expected.values() for item in made.items.values()]
    chosen = [FIRST_DAY + timedelta(days=random.randrange(DAYS)), *random.sample(due, 3)]
    return [*chosen, FIRST_DAY + timedelta(days=DAYS + 400)]


@thorough
@given(seeds)
def test_incremental_equals_rebuild_equals_oracle(seed: int) -> None:
    random = Random(seed + 1)
    rows = arrivals_of(seed, timed=False)
    expected = books(rows)
    with TemporaryDirectory() as home:
        lake = Lake(Path(home))
        for batch in cut(rows, random):
            lake.load(batch)
            lake.refresh()
        connection = lake.open()
        for day in days(random, expected):
            check_balances(connection, expected, day)
            check_open_items(connection, expected, day)
            check_aging(connection, expected, day, random)
            check_activity(connection, expected, day, random)
        assert connection.execute("FROM lake.marts.integrity").fetchall() == []
        incremental = dump(connection)
        connection.close()

        assert sum(result.loaded for result in lake.load(rows)) == 0
        lake.refresh(full=True)
        connection = lake.open()
        assert dump(connection) == incremental
        connection.close()


@settings(max_examples=max(1, HISTORIES // 3), deadline=None,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(seeds)
def test_order_of_arrival_does_not_matter(seed: int) -> None:
    rows = arrivals_of(seed, timed=True)
    found = []
    for order in (rows, rows[::-1]):
        with TemporaryDirectory() as home:
            lake = Lake(Path(home))
            half = len(order) // 2
            for batch in (order[:half], order[half:]):
                lake.load(batch)
                lake.refresh()
            connection = lake.open()
            found.append(dump(connection))
            connection.close()
    assert found[0] == found[1]


def check_balances(
    connection: duckdb.DuckDBPyConnection, expected: dict[str, oracle.Book], day: date
) -> None:
    rows = connection.execute(
        "SELECT company_id, client_id, currency, sum(amount) FROM lake.marts.ledger "
        "WHERE movement_date <= ? GROUP BY ALL",
        [day],
    ).fetchall()
    wanted = {
        (company, *key): amount
        for company, made in expected.items()
        for key, amount in oracle.balances(made, day).items()
    }
    assert {tuple(row[:3]): row[3] for row in rows} == wanted


def check_open_items(
    connection: duckdb.DuckDBPyConnection, expected: dict[str, oracle.Book], day: date
) -> None:
    rows = connection.execute(
        "SELECT company_id, item_kind, item_id, instalment, open_amount, due_date "
        "FROM lake.marts.aging_items(?::DATE, 'due_date', [30])",
        [day],
    ).fetchall()
    wanted = {
        (company, *key): value
        for company, made in expected.items()
        for key, value in oracle.open_items(made, day).items()
    }
    assert len(rows) == len(wanted)
    assert {tuple(row[:4]): (row[4], row[5]) for row in rows} == wanted


def check_aging(
    connection: duckdb.DuckDBPyConnection,
    expected: dict[str, oracle.Book],
    day: date,
    random: Random,
) -> None:
    for basis in ("due_date", "issue_date"):
        check_aging_by(connection, expected, day, basis, random)


def check_aging_by(
    connection: duckdb.DuckDBPyConnection,
    expected: dict[str, oracle.Book],
    day: date,
    basis: str,
    random: Random,
) -> None:
    limits = random.choice(([30, 60, 90], [15], [7, 14, 21, 28, 35]))
    names = ["unapplied", *bucket_names(basis, limits)]  # type: ignore[arg-type]
    rows = connection.execute(
        "SELECT company_id, client_id, currency, bucket, open_amount "
        "FROM lake.marts.aging(?::DATE, ?, ?::INTEGER[])",
        [day, basis, limits],
    ).fetchall()
    found: dict[tuple[str, str, str], dict[str, Decimal]] = defaultdict(dict)
    for company, client, currency, bucket, amount in rows:
        found[company, client, currency][names[bucket + 1]] = amount
    wanted = {}
    for company, made in expected.items():
        for key, ranges in oracle.aging(made, day, basis, limits).items():
            total = ranges.pop("total")
            wanted[(company, *key)] = ranges
            assert sum(found[(company, *key)].values()) == total
    assert {k: v for k, v in found.items() if v} == wanted


def check_activity(
    connection: duckdb.DuckDBPyConnection,
    expected: dict[str, oracle.Book],
    day: date,
    random: Random,
) -> None:
    """Lines and running balances of a few clients, from a day on which something happened."""
    for company in random.sample(sorted(expected), 8):
        made = expected[company]
        from_day = random.choice([day, *(m.day for m in made.movements if m.day <= day)])
        for client in ("C0", "C1"):
            check_lines(connection, company, made, client, (from_day, day))


def check_lines(
    connection: duckdb.DuckDBPyConnection,
    company: str,
    made: oracle.Book,
    client: str,
    period: tuple[date, date],
) -> None:
    rows = connection.execute(
        "SELECT currency, line_date, balance, opening_balance, closing_balance, is_before "
        "FROM lake.marts.activity(?, ?, ?::DATE, ?::DATE) WHERE NOT is_void ORDER BY position",
        [company, client, *period],
    ).fetchall()
    for currency in ("COP", "USD", "CLP"):
        lines = oracle.activity(made, client, currency, period[1])
        mine = [row for row in rows if row[0] == currency]
        assert [(row[1], row[2]) for row in mine] == lines
        before = [balance for when, balance in lines if when < period[0]]
        for row in mine:
            assert row[3] == (before[-1] if before else 0)
            assert row[4] == lines[-1][1]
            assert row[5] == (row[1] < period[0])
