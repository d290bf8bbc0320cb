"""Filters: what they take, what an address says of them, and that they touch no figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cartera import filters
from cartera.filters import QUERY, STATUSES, TYPES, Filters, Selection, select
from cartera.render.view import to_view
from cartera.statement import Instalment, Item, to_json
from tests.factories import AS_OF, make_activity, make_item, make_section, make_statement, money

BUCKETS = ("current", "1-30", "31-60", "61-90", "90+", "unapplied")
dates = st.none() | st.dates(AS_OF - timedelta(days=200), AS_OF + timedelta(days=60))
ages = st.none() | st.integers(-60, 200)
some_filters = st.builds(
    Filters,
    statuses=st.lists(st.sampled_from(STATUSES), max_size=3).map(tuple),
    buckets=st.lists(st.sampled_from((*BUCKETS, "1-7", "99999+")), max_size=3).map(tuple),
    types=st.lists(st.sampled_from(TYPES), max_size=2).map(tuple),
    number=st.sampled_from(("", "", "F", "7", "ñ")) | st.text(max_size=120),
    issued_from=dates,
    issued_to=dates,
    due_from=dates,
    due_to=dates,
    days_from=ages,
    days_to=ages,
)


def bucket_of(days: int) -> str:
    return ("current", "1-30", "31-60", "61-90", "90+")[
        (days > 0) + (days > 30) + (days > 60) + (days > 90)
    ]


@st.composite
def items(draw: st.DrawFn) -> Item:
    """Any item a statement can hold: open, part paid, settled, void, in favour, in instalments."""
    status = draw(st.sampled_from(("open", "partial", "paid", "void")))
    kind = draw(st.sampled_from(TYPES))
    days = draw(st.integers(-60, 200))
    settled = status in ("paid", "void")
    debt = kind in ("invoice", "debit_note")
    item = replace(
        make_item(draw(st.sampled_from(("FV-7", "ÑF 17", "77"))), "100", days=days),
        type=kind,
        status=status,
        open=money(0 if settled else 100),
        overdue=debt and not settled and days > 0,
        bucket="" if settled else bucket_of(days) if debt else "unapplied",
        reference=draw(st.none() | st.sampled_from(("OC-7", "fv-x"))),
        purchase_order=draw(st.none() | st.sampled_from(("4500-7", "Ñ-1"))),
        issue_date=AS_OF - timedelta(days=draw(st.integers(-60, 200))),
        due_date=draw(st.just(AS_OF - timedelta(days=days)) | st.none()),
    )
    if not settled and debt and draw(st.booleans()):
        later = draw(st.integers(-60, days))
        item = replace(
            item,
            instalments=tuple(
                Instalment(n, AS_OF - timedelta(days=d), money(50), money(50), d, bucket_of(d))
                for n, d in enumerate((days, later), start=1)
            ),
        )
    return item


def naive(chosen: Filters, item: Item) -> bool:
    """Each filter as a sentence of its own."""
    if chosen.statuses:
        marks = {item.status} | ({"overdue"} if item.overdue else set())
        if not marks & set(chosen.statuses):
            return False
    parts = [(p.bucket, p.days_overdue) for p in item.instalments]
    parts = parts or [(item.bucket, item.days_overdue)]
    if chosen.buckets and not {bucket for bucket, _ in parts} & set(chosen.buckets):
        return False
    if chosen.types and item.type not in chosen.types:
        return False
    texts = (item.number, item.reference or "", item.purchase_order or "")
    if chosen.number and not any(chosen.number.casefold() in t.casefold() for t in texts):
        return False
    for value, first, last in (
        (item.issue_date, chosen.issued_from, chosen.issued_to),
        (item.due_date, chosen.due_from, chosen.due_to),
    ):
        if (first or last) and value is None:
            return False
        if (first and value < first) or (last and value > last):
            return False
    if chosen.days_from is None and chosen.days_to is None:
        return True
    is_debt = item.status in ("open", "partial") and item.type in ("invoice", "debit_note")
    first = -10_000 if chosen.days_from is None else chosen.days_from
    last = 10_000 if chosen.days_to is None else chosen.days_to
    return is_debt and any(first <= days <= last for _, days in parts)


@given(some_filters, items())
def test_take_is_every_filter_said_plainly(chosen: Filters, item: Item) -> None:
    assert chosen.take(item) is naive(chosen, item)


@given(some_filters)
@example(Filters(number="a\nb, c"))
@example(Filters(days_from=0, days_to=0))
def test_an_address_gives_the_same_filters_back(chosen: Filters) -> None:
    query = chosen.to_query()
    assert Filters.from_query(query) == chosen
    assert set(query) <= set(QUERY.values())
    assert bool(query) == bool(chosen)


hostile = st.dictionaries(
    st.sampled_from((*QUERY.values(), "other")),
    st.text(max_size=600)
    | st.sampled_from(
        ("2026-13-40", "20261124", "9" * 5000, "-", "--1", "1e3", "٣", "overdue;DROP TABLE x",
         "open,open,nope,,overdue", "1-30,'--,90+,1--3", "\x00", "0000-01-01", "٢٠٢٦-01-01")
    ),
)  # fmt: skip


@given(hostile)
def test_no_address_is_an_error_and_what_is_left_makes_sense(query: dict[str, str]) -> None:
    found = Filters.from_query(query)
    assert set(found.statuses) <= set(STATUSES)
    assert set(found.types) <= set(TYPES)
    assert len(found.number) <= filters.LONGEST_NUMBER
    assert Filters.from_query(found.to_query()) == found
    found.take(make_item())


def test_values_that_make_no_sense_are_ignored_one_by_one() -> None:
    found = Filters.from_query(
        {
            "status": "open,nope,overdue,open", "range": "1-30,<b>,90+", "type": "x",
            "issued_from": "2026-02-30", "issued_to": "2026-02-28", "days_from": "many",
            "days_to": "-5", "number": ["7"],  # type: ignore[dict-item]
        }
    )  # fmt: skip
    assert found == Filters(
        statuses=("open", "overdue"),
        buckets=("1-30", "90+"),
        issued_to=date(2026, 2, 28),
        days_to=-5,
    )


LISTED = [
    make_item("FV-1", "100", days=40),
    make_item("FV-2", "100", days=5),
    make_item("FV-3", "100", days=-8),
]


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        (Filters(statuses=("overdue",)), ["FV-1", "FV-2"]),
        (Filters(buckets=("1-30", "current")), ["FV-2", "FV-3"]),
        (Filters(statuses=("paid",), buckets=("1-30",)), []),
        (Filters(number=" fv-3 "), ["FV-3"]),
        (Filters(days_from=1, days_to=30), ["FV-2"]),
    ],
)
def test_select_lists_some_and_says_so(chosen: Filters, numbers: list[str]) -> None:
    whole = make_statement(make_section(LISTED), make_section([make_item("X-9")], currency="USD"))
    shown = select(whole, chosen)
    assert [item.number for item in shown.sections[0].items] == numbers
    listed = sum(len(section.items) for section in shown.sections)
    assert shown.selection == Selection(listed, 4, chosen)
    for before, after in zip(whole.sections, shown.sections, strict=True):
        assert replace(after, items=before.items) == before  # no figure moved


def test_nothing_chosen_is_the_statement_itself() -> None:
    whole = make_statement(make_section(LISTED))
    assert select(whole, Filters()) is whole
    assert "selection" not in to_json(whole)
    assert to_view(whole).selection == ""


def test_a_running_account_is_always_whole() -> None:
    activity = make_statement(make_activity(), kind="activity")
    assert select(activity, Filters(number="no such")) is activity


def test_json_says_what_was_chosen() -> None:
    shown = select(make_statement(make_section(LISTED)), Filters(buckets=("31-60",), number="fv"))
    assert to_json(shown)["selection"] == {
        "listed": 1, "total": 3, "filters": {"range": "31-60", "number": "fv"},
    }  # fmt: skip


def test_the_sentence_names_every_filter() -> None:
    chosen = Filters(
        ("overdue",), ("31-60",), ("invoice",), "fv", date(2026, 1, 1), None, None,
        date(2026, 12, 31), 31, 60,
    )  # fmt: skip
    shown = select(make_statement(make_section(LISTED)), chosen)
    assert to_view(shown).selection == (
        "Se muestran 1 de 3 documentos y pagos (Vencida · 31 a 60 días · Factura · número con «fv» "
        "· expedidos desde el 01/01/2026 · con vencimiento hasta el 31/12/2026 · "
        "de 31 a 60 días de mora); los totales son los de toda la cuenta."
    )
    assert to_view(replace(shown, language="en")).selection.startswith("Showing 1 of 3 documents")
