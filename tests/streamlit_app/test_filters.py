from __future__ import annotations

import pytest

from streamlit_app.staff import filters
from streamlit_app.staff.filters import Filters
from tests.streamlit_app.fakes import NOW, FakeReader

STATEMENT = FakeReader().statement("main", "C1", as_of=NOW.date())


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        (Filters(), ["FE-1001", "FE-1042", "FE-1077", "FE-1093"]),
        (Filters(statuses=["partial"]), ["FE-1042"]),
        (Filters(statuses=["overdue"]), ["FE-1001", "FE-1042", "FE-1077"]),
        (Filters(statuses=["open", "paid"]), ["FE-1001", "FE-1077", "FE-1093"]),
        (Filters(buckets=["1-30", "current"]), ["FE-1077", "FE-1093"]),
        (Filters(statuses=["partial"], buckets=["1-30"]), []),
        (Filters(number=" fe-10 "), ["FE-1001", "FE-1042", "FE-1077", "FE-1093"]),
        (Filters(number="77"), ["FE-1077"]),
    ],
)
def test_filters_choose_lines(chosen: Filters, numbers: list[str]) -> None:
    filtered, listed, total = filters.apply(STATEMENT, chosen)
    (section,) = filtered.sections
    assert [item.number for item in section.items] == numbers
    assert (listed, total) == (len(numbers), 4)


def test_filters_touch_no_figure() -> None:
    filtered, _, _ = filters.apply(STATEMENT, Filters(number="77"))
    (before,), (after,) = STATEMENT.sections, filtered.sections
    assert (after.aging, after.total) == (before.aging, before.total)


def test_ranges_keep_their_order() -> None:
    assert filters.bucket_names(STATEMENT) == ["current", "1-30", "31-60", "61-90", "90+"]
