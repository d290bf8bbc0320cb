"""The order in which a statement's currencies are read."""

from __future__ import annotations

from itertools import permutations

import pytest

from cartera.filters import Filters, select
from cartera.statement import Section, arranged
from tests.factories import make_activity, make_item, make_line, make_section, make_statement

#: Named for what they have; by the alphabet they would come the other way round.
OPEN = make_section(currency="USD")
NETS_TO_ZERO = make_section(
    (make_item(total=100), make_item("RC-1", -100, type="payment")), currency="PEN"
)
SETTLED = make_section((make_item(total=0, status="paid"),), currency="MXN")
LATER = make_section((), currency="EUR", future_payments=(make_line(-5),))
EMPTY = make_section((), currency="COP")
ALSO_EMPTY = make_section((), currency="BRL")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((EMPTY, OPEN), (OPEN,)),
        ((ALSO_EMPTY, EMPTY, LATER, SETTLED), (LATER, SETTLED)),
        ((SETTLED, NETS_TO_ZERO, OPEN), (NETS_TO_ZERO, OPEN, SETTLED)),
        ((OPEN, NETS_TO_ZERO), (OPEN, NETS_TO_ZERO)),
        ((ALSO_EMPTY, EMPTY), (ALSO_EMPTY, EMPTY)),
        ((), ()),
    ],
)
def test_what_is_open_comes_first_and_zeros_alone_not_at_all(given, expected):
    assert arranged(given) == expected


def test_nothing_that_is_open_or_listed_is_ever_left_out_whatever_the_order():
    everything = (ALSO_EMPTY, EMPTY, LATER, SETTLED, NETS_TO_ZERO, OPEN)
    for order in permutations(everything):
        found = arranged(order)
        assert set(map(_name, found)) == {"EUR", "MXN", "PEN", "USD"}
        assert set(map(_name, found[:2])) == {"PEN", "USD"}


def test_a_balance_brought_forward_is_something_to_say():
    carried = make_section((), currency="COP", opening=10, closing=10, total=10)
    assert arranged((EMPTY, carried)) == (carried,)
    assert arranged((make_activity(), ALSO_EMPTY)) == (make_activity(),)


def test_filters_leave_no_account_of_zeros_in_front():
    statement = select(make_statement(SETTLED, OPEN), Filters(statuses=("open",)))
    assert [section.currency for section in statement.sections] == ["USD"]
    assert statement.selection is not None
    assert (statement.selection.listed, statement.selection.total) == (1, 2)


def _name(section: Section) -> str:
    return section.currency
