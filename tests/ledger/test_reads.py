"""What staff read = the naive oracle: client lists, open documents, trends, settled payments.

As in `test_properties`, one example is many companies in one lake.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cartera.aging import bucket_names
from cartera.statement import Item, Section
from cartera.warehouse import statements
from cartera.warehouse.reader import Reader
from tests.bounds import HISTORIES
from tests.ledger import oracle
from tests.ledger.lakes import Lake
from tests.ledger.test_properties import arrivals_of, books, days, seeds

ZERO = Decimal(0)
#: Companies looked at on each day: more of them where more is proved.
SAMPLE = 3 if HISTORIES == 1 else 5


@contextmanager
def lake_of(seed: int) -> Iterator[tuple[Reader, dict[str, oracle.Book], Random]]:
    """A lake with random companies, what it should say, and some chance."""
    rows = arrivals_of(seed, timed=False)
    with TemporaryDirectory() as home:
        lake = Lake(Path(home))
        half = len(rows) * 9 // 10
        for batch in (rows[:half], rows[half:]):  # the rest as a changed run brings it
            lake.load(batch)
            lake.refresh()
        yield Reader(lake.settings, lake.store), books(rows), Random(seed + 1)
        lake.store.close()


def expected_balances(
    made: oracle.Book, day: date
) -> dict[tuple[str, str], tuple[Decimal, Decimal, Decimal, int, date | None]]:
    """Client and currency → total, overdue, unapplied, documents, oldest due date."""
    found: dict[tuple[str, str], list[tuple[oracle.Item, str, Decimal, date]]] = defaultdict(list)
    for (kind, number, _), (amount, due) in oracle.open_items(made, day).items():
        item = made.items[kind, number]
        found[item.client, item.currency].append((item, number, amount, due))
    return {
        key: (
            sum((amount for _, _, amount, _ in parts), ZERO),
            sum((a for i, _, a, due in parts if i.owes(a) and due < day), ZERO),
            sum((a for i, _, a, _ in parts if not i.owes(a)), ZERO),
            len({number for i, number, a, _ in parts if i.owes(a)}),
            min((due for i, _, a, due in parts if i.owes(a)), default=None),
        )
        for key, parts in found.items()
    }


# No shrinking: a lake costs seconds, and a seed is all there is to an example.
few = settings(
    max_examples=max(1, HISTORIES // 3),
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@few
@given(seeds)
@pytest.mark.full
def test_lists_figures_and_statements_are_the_oracles(seed: int) -> None:
    with lake_of(seed) as (reader, expected, random):
        for day in days(random, expected)[:3]:
            for company in random.sample(sorted(expected), SAMPLE):
                made = expected[company]
                check_clients(reader, company, made, day)
                check_documents(reader, company, made, day, random)
                check_trend(reader, company, made, day)
                check_statements(reader, company, made, day, random)


def check_clients(reader: Reader, company: str, made: oracle.Book, day: date) -> None:
    wanted = expected_balances(made, day)
    page = reader.clients(company, as_of=day, limit=1000)
    assert page.count == len(page.rows)
    found = {
        (row.client_id, row.currency): (
            row.total, row.overdue, row.unapplied, row.documents, row.oldest_due_date,
        )
        for row in page.rows
        if row.currency is not None
    }  # fmt: skip
    assert found == wanted
    for row in page.rows:
        due = row.oldest_due_date
        assert row.days_overdue == (max((day - due).days, 0) if due else 0)
    # Whoever has nothing open has one row, and nobody is missing.
    nothing = [row.client_id for row in page.rows if row.currency is None]
    known = [row.client_id for row in reader.find_clients(company, limit=1000)]
    assert sorted(nothing) == sorted(set(known) - {client for client, _ in wanted})
    for only, keep in ONLY.items():
        some = reader.clients(company, as_of=day, only=only, limit=1000)  # type: ignore[arg-type]
        assert set(some.rows) == {row for row in page.rows if keep(row)}
    aging = reader.aging(company, as_of=day)
    assert {
        (r.client_id, r.currency): (r.total, r.overdue, r.unapplied, r.documents)
        for r in aging.rows
    } == {key: value[:4] for key, value in wanted.items()}


ONLY = {
    "all": lambda row: True,
    "balance": lambda row: row.total > 0,
    "overdue": lambda row: row.overdue > 0,
    "credit": lambda row: row.unapplied < 0,
}


def check_documents(
    reader: Reader, company: str, made: oracle.Book, day: date, random: Random
) -> None:
    """The documents behind each figure of the aging add up to it, whatever basis and limits."""
    limits = random.choice(([30, 60, 90], [15], [7, 14, 21]))
    basis = random.choice(("due_date", "issue_date"))
    aging = reader.aging(company, as_of=day, basis=basis, buckets=limits)
    for total in aging.totals:
        figures = {**total.buckets, "overdue": total.overdue, "unapplied": total.unapplied}
        for name, figure in (*figures.items(), (None, total.total)):
            page = reader.open_documents(
                company, as_of=day, basis=basis, limits=limits, currency=total.currency,
                bucket=name, limit=1000,
            )  # fmt: skip
            assert dict(page.totals).get(total.currency, ZERO) == figure
            assert sum((row.open for row in page.rows), ZERO) == figure
            assert page.count == len(page.rows)
    page = reader.open_documents(company, as_of=day, basis=basis, limits=limits, limit=1000)
    wanted: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (kind, number, _), (amount, _) in oracle.open_items(made, day).items():
        wanted[kind, number] += amount
    found = {
        ("payment" if row.type in ("payment", "refund") else "document", row.document_id): row.open
        for row in page.rows
    }
    assert found == wanted
    for row in page.rows[:4]:
        mine = reader.open_documents(company, as_of=day, client_id=row.client_id, limit=1000)
        assert {r.client_id for r in mine.rows} == {row.client_id}
        assert mine.count == sum(r.client_id == row.client_id for r in page.rows)


def check_trend(reader: Reader, company: str, made: oracle.Book, day: date) -> None:
    names = bucket_names("due_date", (30, 60, 90))
    points = {(p.day, p.currency): p for p in reader.trend(company, as_of=day, months=3)}
    ends = [day]
    for _ in range(3):
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    wanted = {}
    for end in ends:
        balances = expected_balances(made, end)
        by_range = oracle.aging(made, end, "due_date", [30, 60, 90])
        for currency in {key[1] for key in balances}:
            keys = [key for key in balances if key[1] == currency]
            wanted[end, currency] = (
                [sum((by_range[key].get(name, ZERO) for key in keys), ZERO) for name in names],
                *(sum((balances[key][n] for key in keys), ZERO) for n in (1, 2, 0)),
                len(keys),
            )
    assert {
        key: (list(p.buckets.values()), p.overdue, p.unapplied, p.total, p.clients)
        for key, p in points.items()
    } == wanted


def check_statements(
    reader: Reader, company: str, made: oracle.Book, day: date, random: Random
) -> None:
    clients = [row.client_id for row in reader.find_clients(company)]
    since = day - timedelta(days=random.randrange(60))
    for client in clients:
        whole = reader.statement(company, client, as_of=day, include_paid=True)
        for section in whole.sections:
            check_section(section, made, client, day)
        recent = reader.statement(company, client, as_of=day, include_paid=True, paid_from=since)
        for all_of_it, part in zip(whole.sections, recent.sections, strict=True):
            assert part.items == tuple(
                item for item in all_of_it.items if item.open or item.issue_date >= since
            )
            assert (part.total, part.aging) == (all_of_it.total, all_of_it.aging)
    check_together(reader, company, clients, day)


def check_section(section: Section, made: oracle.Book, client: str, day: date) -> None:
    assert sum((item.open for item in section.items), ZERO) == section.total
    listed = {key_of(item): item for item in section.items if item.status != "void"}
    left: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (kind, number, _), (amount, _) in oracle.open_items(made, day).items():
        left[kind, number] += amount
    # Settled beyond its total it is settled, too.
    opened = {key for key, amount in left.items() if amount * made.items[key].sign > 0}
    settled = {
        key
        for key, item in made.items.items()
        if (item.client, item.currency) == (client, section.currency)
        and item.issued <= day
        and (item.voided is None or item.voided > day)
        and key not in opened
    }
    assert {key for key, item in listed.items() if item.status == "paid"} == settled
    for item in listed.values():
        assert item.total - item.applied == item.open
        if item.issue_date <= day:  # what was applied before there was anything is no statement's
            assert item.applied == sum((a.amount for a in item.allocations), ZERO)
        if item.type not in ("invoice", "debit_note", "credit_note"):
            continue
        for source, times in Counter(
            (a.source_id, a.date, -a.amount) for a in item.allocations if a.kind == "payment"
        ).items():
            payment = listed.get(("payment", str(source[0])))
            if payment is not None:
                there = [(a.date, a.amount) for a in payment.allocations
                         if a.document_id == item.document_id]  # fmt: skip
                assert there.count(source[1:]) >= times


def key_of(item: Item) -> tuple[str, str]:
    return ("payment" if item.type in ("payment", "refund") else "document", item.document_id)


def check_together(reader: Reader, company: str, clients: list[str], day: date) -> None:
    """Several statements in one go are what each is alone; a stranger among them is nobody."""
    for kind in ("open", "activity", "forward"):
        request = statements.Request(
            company=reader.settings.company_profile(company),
            client_id="",
            kind=kind,  # type: ignore[arg-type]
            as_of=day,
            include_paid=True,
        )
        with reader.cursor() as cursor:
            found = statements.build_many(cursor, request, [*clients, "nobody"])
            assert found.pop("nobody") is None
            alone = {
                client: statements.build_many(cursor, request, [client])[client]
                for client in clients
            }
        assert found == alone
