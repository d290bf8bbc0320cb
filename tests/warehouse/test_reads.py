"""Lists, searches and records that staff read: order, pages, names that are none of ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cartera.config import Settings
from cartera.errors import NotFound, UsageError
from cartera.filters import Filters
from cartera.portfolio import LastPayment
from cartera.store.db import open_store
from cartera.warehouse import client_search, health, lake
from cartera.warehouse.ingest import load_files
from cartera.warehouse.reader import Reader
from cartera.warehouse.recent import Recent
from tests.factories import make_item, make_section, make_statement
from tests.ledger.lakes import built
from tests.warehouse.small import fill, write_tables

DAY = date(2026, 6, 30)
TABLES = {
    "clients": """
        client_id, name,                 tax_id,        group,     emails,          credit_limit
        C1,        Ágora Ferretería,     900.111.222-3, Mayoristas, a@x.co; b@x.co,      5000
        C2,        ferreteria del Norte, 800999888-1,   Minoristas, ,
        C3,        Ñandú S.A.S.,         ,              ,           ,
        C4,        Zeta,                 111222333,     Mayoristas, ,
        900,       Otra ágora,           ,              ,           ,
        C5,        Ágora Ferretería,     555,           ,           ,
    """,
    "documents": """
        document_id, client_id, type,    number, issue_date, due_date,   currency, total
        D1,          C1,        invoice, F-1,    2026-03-01, 2026-03-31, COP,      100
        D2,          C1,        invoice, F-2,    2026-06-01, 2026-07-31, COP,      300
        D3,          C2,        invoice, F-3,    2026-05-01, 2026-05-31, USD,      70
        D4,          C4,        invoice, F-4,    2026-05-01, 2026-05-31, COP,      100
        D5,          C4,        invoice, F-5,    2026-01-01, 2026-02-15, COP,      90
    """,
    "instalments": """
        document_id, instalment, due_date,   amount
        D5,          1,          2026-02-15, 30
        D5,          2,          2026-06-15, 30
        D5,          3,          2026-08-15, 30
    """,
    "payments": """
        payment_id, client_id, date,       currency, amount, reference
        P1,         C2,        2026-06-02, COP,      40,     R-1
        P2,         C1,        2026-04-02, COP,      60,     R-2
        P3,         C1,        2026-05-02, COP,      10,     R-3
    """,
    "allocations": """
        allocation_id, kind,    source_id, document_id, amount, date
        A1,            payment, P2,        D1,          60,     2026-04-02
        A2,            payment, P9,        D1,          5,      2026-04-02
    """,
}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    home = tmp_path_factory.mktemp("reads")
    settings = Settings(home=built(home / "home"))
    store = open_store(settings)
    fill(settings, store, write_tables(Path(home / "given"), **TABLES))
    yield Reader(settings, store)
    store.close()


def ids(reader: Reader, text: str) -> list[str]:
    return [row.client_id for row in reader.find_clients("main", text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["C1", "C5", "C2", "C3", "900", "C4"]),
        ("agora", ["C1", "C5", "900"]),  # whose name begins with it, then whose contains it
        ("ÁGORA ferreTERIA", ["C1", "C5"]),
        ("ferreteria", ["C2", "C1", "C5"]),
        ("nandu", ["C3"]),
        ("900", ["900", "C1"]),  # the very id, then a part of a tax id
        ("900111222", ["C1"]),
        ("900.111.222-3", ["C1"]),
        ("8009998881", ["C2"]),
        ("800.999.888-1", ["C2"]),
        ("555", ["C5"]),
        ("c3", ["C3"]),
        ("agora zeta", []),
        ("%", []),
        ("'; DROP TABLE clients; --", []),
        ("\0", ["C1", "C5", "C2", "C3", "900", "C4"]),
    ],
)
def test_search(reader: Reader, text: str, found: list[str]) -> None:
    assert ids(reader, text) == found


def test_a_search_is_bounded(reader: Reader) -> None:
    assert ids(reader, "a " * 100_000) == ids(reader, " ".join(["a"] * client_search.MOST_WORDS))
    assert len(reader.find_clients("main", limit=2)) == 2
    assert reader.find_clients("another company") == []


def test_the_search_table_is_made_once(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    make = client_search.make
    monkeypatch.setattr(client_search, "make", lambda cursor: (made.append(1), make(cursor)))
    fresh = Reader(reader.settings, reader.store)
    barrier = threading.Barrier(8)

    def search(_: int) -> list[str]:
        barrier.wait()
        return ids(fresh, "agora")

    with ThreadPoolExecutor(8) as pool:
        assert set(map(tuple, pool.map(search, range(8)))) == {("C1", "C5", "900")}
    assert made == [1]


@pytest.mark.parametrize("sort", ["name", "total", "overdue", "oldest_due", "days_overdue"])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_put_together_are_the_whole_list(reader: Reader, sort, descending) -> None:
    whole = reader.clients("main", as_of=DAY, sort=sort, descending=descending)
    assert whole.count == len(whole.rows) == 7  # one of C2 for each currency
    pages = [
        reader.clients("main", as_of=DAY, sort=sort, descending=descending, limit=2, offset=n)
        for n in range(0, 10, 2)
    ]
    assert tuple(row for page in pages for row in page.rows) == whole.rows
    assert {page.count for page in pages} == {7}  # also behind the last row


def test_clients_by_what_is_overdue(reader: Reader) -> None:
    page = reader.clients("main", as_of=DAY, only="overdue", sort="overdue", descending=True)
    rows = [(r.client_id, r.currency, r.overdue, r.days_overdue, r.documents) for r in page.rows]
    assert rows == [
        ("C4", "COP", 160, 135, 2), ("C1", "COP", 40, 91, 2), ("C2", "USD", 70, 30, 1),
    ]  # fmt: skip
    credit = reader.clients("main", as_of=DAY, only="credit")
    assert [(r.client_id, r.currency, r.unapplied) for r in credit.rows] == [
        ("C1", "COP", -10), ("C2", "COP", -40),
    ]  # fmt: skip


def test_clients_narrowed(reader: Reader) -> None:
    def found(**chosen) -> list[str]:
        return [r.client_id for r in reader.clients("main", as_of=DAY, **chosen).rows]

    assert found(group="Mayoristas") == ["C1", "C4"]
    assert found(currency="USD") == ["C2"]
    assert found(text="zeta 111") == ["C4"]
    assert found(text="zeta", group="Minoristas") == []
    assert reader.groups("main") == ["Mayoristas", "Minoristas"]


def test_a_document_in_instalments_counts_once(reader: Reader) -> None:
    """It was once counted in each of its ranges."""
    (row,) = reader.aging("main", as_of=DAY, client_id="C4").rows
    assert row.documents == 2


def test_what_of_an_instalment_plan_is_in_a_range(reader: Reader) -> None:
    page = reader.open_documents("main", as_of=DAY, bucket="1-30", currency="COP")
    rows = [(r.number, r.open, r.due_date, r.days_overdue, r.bucket, r.total) for r in page.rows]
    assert rows == [
        ("F-4", 100, date(2026, 5, 31), 30, "1-30", 100),
        ("F-5", 30, date(2026, 6, 15), 15, "1-30", 90),
    ]  # fmt: skip
    assert page.totals == (("COP", Decimal(130)),)


@pytest.mark.parametrize("sort", ["due_date", "client", "open", "days_overdue", "number"])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_of_documents_put_together_are_all(reader: Reader, sort, descending) -> None:
    def page(**which):
        return reader.open_documents("main", as_of=DAY, sort=sort, descending=descending, **which)

    whole = page()
    assert whole.count == len(whole.rows) == 7
    parts = [page(limit=3, offset=n) for n in (0, 3, 6, 9)]
    assert tuple(row for part in parts for row in part.rows) == whole.rows
    assert {(part.count, part.totals) for part in parts} == {(7, whole.totals)}


def test_documents_found_by_text(reader: Reader) -> None:
    def numbers(text: str) -> list[str]:
        return [r.number for r in reader.open_documents("main", as_of=DAY, text=text).rows]

    assert numbers("f-4") == ["F-4"]
    assert numbers("agora") == ["F-1", "R-3", "F-2"]
    assert numbers("900111222 f-2") == ["F-2"]


@pytest.mark.parametrize(
    "asked",
    [
        {"sort": "name; DROP TABLE x"}, {"sort": "client_id"}, {"only": "x"}, {"only": ""},
    ],
)  # fmt: skip
def test_names_that_are_none_of_ours(reader: Reader, asked) -> None:
    with pytest.raises(UsageError):
        reader.clients("main", as_of=DAY, **asked)


@pytest.mark.parametrize("asked", [{"sort": "x"}, {"bucket": "1-29"}, {"bucket": "is_overdue"}])
def test_no_such_documents(reader: Reader, asked) -> None:
    with pytest.raises(UsageError):
        reader.open_documents("main", as_of=DAY, **asked)


def test_trend_is_bounded(reader: Reader) -> None:
    with pytest.raises(UsageError):
        reader.trend("main", as_of=DAY, months=1000)


def test_a_record(reader: Reader) -> None:
    found = reader.client("main", "C1")
    assert (found.name, found.group, found.credit_limit) == ("Ágora Ferretería", "Mayoristas", 5000)
    assert found.emails == ("a@x.co", "b@x.co")
    assert (found.first_document, found.last_document) == (date(2026, 3, 1), date(2026, 6, 1))
    assert found.last_payments == (
        LastPayment(date(2026, 5, 2), "COP", Decimal(10), "R-3"),
        LastPayment(date(2026, 4, 2), "COP", Decimal(60), "R-2"),
    )
    assert reader.client("main", "C3").last_payments == ()
    for company, client in (("main", "C9"), ("other", "C1")):
        with pytest.raises(NotFound):
            reader.client(company, client)


def test_settled_payments_name_what_they_settled(reader: Reader) -> None:
    (section,) = reader.statement("main", "C1", as_of=DAY, include_paid=True).sections
    paid = {item.document_id: item for item in section.items}["P2"]
    assert (paid.type, paid.status, paid.open, paid.applied) == ("payment", "paid", 0, -60)
    assert [(a.number, a.amount, a.document_id) for a in paid.allocations] == [("F-1", -60, "D1")]
    assert section.total == sum(item.open for item in section.items)
    (without,) = reader.statement("main", "C1", as_of=DAY).sections
    assert "P2" not in {item.document_id for item in without.items}


def test_many_at_once_read_what_each_reads_alone(reader: Reader) -> None:
    asked = [(client, paid) for client in ("C1", "C2", "C3", "C4", "900") for paid in (True, False)]

    def read(here: Reader, client: str, paid: bool):
        return here.statement("main", client, as_of=DAY, include_paid=paid)

    alone = [read(Reader(reader.settings, reader.store), *one) for one in asked]
    fresh = Reader(reader.settings, reader.store)
    barrier = threading.Barrier(len(asked) + 1)

    def at_once(one: tuple[str, bool]):
        barrier.wait()
        return read(fresh, *one)

    def stranger():
        barrier.wait()
        with pytest.raises(NotFound, match="C9"):
            read(fresh, "C9", True)

    with ThreadPoolExecutor(len(asked) + 1) as pool:
        nobody = pool.submit(stranger)
        assert list(pool.map(at_once, asked)) == alone
        nobody.result()


def test_a_statement_just_read_is_not_read_again(reader: Reader) -> None:
    fresh = Reader(reader.settings, reader.store)
    first = fresh.statement("main", "C1", as_of=DAY)
    assert fresh.statement("main", "C1", as_of=DAY) is first
    assert fresh.statement("main", "C1", as_of=DAY, include_paid=True) is not first
    assert fresh.statement("main", "C1", as_of=date(2026, 7, 1)) is not first


def test_kept_statements_have_a_bound() -> None:
    kept = Recent(most_rows=60)
    shown = make_statement(make_section([make_item(f"F-{n}") for n in range(9)]))
    for n in range(10):
        kept.keep(n, shown)
        kept.keep(n, shown)
    assert len(kept) == 60 // (kept.rows // len(kept))
    assert kept.get(0) is None and kept.get(9) is shown
    kept.keep("large", make_statement(make_section([make_item(f"F-{n}") for n in range(99)])))
    assert kept.get("large") is None and kept.get(9) is shown


def test_health_is_read_in_pages(reader: Reader) -> None:
    with reader.cursor() as cursor:
        assert health.refused_count(cursor, "main") == 0
        assert health.refused(cursor, "main", limit=5) == []
        assert health.refused_files(cursor, "main") == []
        waiting = health.waiting(cursor, "main")
        assert [row.record_id for row in waiting] == ["A2"]
        assert health.waiting_count(cursor, "main") == 1
        assert health.waiting(cursor, "main", limit=1, offset=1) == []
        assert health.warnings_count(cursor, "main") == len(health.warnings(cursor, "main"))


def test_refused_rows_are_found_by_file_and_text(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    settings.root.mkdir()
    store = open_store(settings)
    lake.initialise(settings)
    for name, amounts in (("payments-a", ("x", "1", "-1")), ("payments-b", ("12,3,4",))):
        path = tmp_path / f"{name}.csv"
        rows = (f'P{n},C1,2026-01-01,COP,"{amount}"' for n, amount in enumerate(amounts))
        path.write_text("payment_id,client_id,date,currency,amount\n" + "\n".join(rows) + "\n")
        load_files(settings, [path], company=settings.company_profile())
    connection = lake.connect(settings, read_only=True)
    assert health.refused_count(connection, "main") == 3
    assert dict(health.refused_files(connection, "main")) == {
        "payments-a.csv": 2, "payments-b.csv": 1,
    }  # fmt: skip
    of_a = health.refused(connection, "main", file="payments-a.csv")
    assert [row.record["payment_id"] for row in of_a] == ["P0", "P2"]
    assert health.refused_count(connection, "main", file="payments-a.csv") == 2
    assert [r.file for r in health.refused(connection, "main", text="12,3,4")] == ["payments-b.csv"]
    assert health.refused_count(connection, "main", text="no such thing") == 0
    pages = [health.refused(connection, "main", limit=2, offset=n) for n in (0, 2, 4)]
    assert [row for page in pages for row in page] == health.refused(connection, "main")
    assert health.refused_count(connection, "another") == 0
    connection.close()
    store.close()


def test_filters_of_a_real_statement(reader: Reader) -> None:
    (section,) = reader.statement("main", "C4", as_of=DAY).sections
    late = [i.number for i in section.items if Filters(buckets=("1-30",)).take(i)]
    assert sorted(late) == ["F-4", "F-5"]  # the plan has a part in that range
