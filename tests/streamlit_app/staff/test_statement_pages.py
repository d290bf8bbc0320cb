"""What pages list and what their figures lead to, drawn in this process: all of it.

That a browser follows them is in test_statement_views and test_other_pages.
"""

from __future__ import annotations

import io
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from pypdf import PdfReader

from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from tests.streamlit_app.desks import (
    FILTERS,
    PAGES,
    SPANISH,
    TODAY,
    amount,
    cells,
    listed,
    wants_settled,
    whole,
)
from tests.streamlit_app.door import new_browser
from tests.streamlit_app.staff.drawn import Pages, errors, links, numbers, total
from tests.streamlit_app.test_staff_pages import html


def test_every_filter_lists_what_the_core_lists(pages: Pages) -> None:
    pages.enter()
    statements = {paid: whole(pages.home, paid=paid) for paid in (False, True)}
    for query in FILTERS:
        page = pages.html(f"/?{urlencode({'client': PEDRO, **query})}")
        assert numbers(page) == listed(statements[wants_settled(query)], query), query
        assert total(page) == statements[False].sections[0].total


def test_every_figure_of_the_portfolio_opens_documents_of_that_sum(pages: Pages) -> None:
    pages.enter()
    aging = pages.home.reader().aging(COMPANY_ID, as_of=TODAY)
    page = pages.html("/cartera")
    figures = re.findall(
        r'<a class="ct-figure [^"]*" href="([^"]*)">.*?<b>(.*?)</b>', page, re.DOTALL
    )
    assert len(figures) == sum(len(t.buckets) + 3 for t in aging.totals)
    totals = [amount(text) for href, text in figures if "range" not in href]
    assert totals == [total.total for total in aging.totals]
    in_rows = re.findall(
        r'<td class="money[^"]*"[^>]*>\s*<a [^>]*href="([^"]*)"[^>]*>([^<]+)<', page
    )
    assert len(in_rows) > 6
    for href, text in figures + in_rows[:6]:
        behind = pages.html(href.replace("&amp;", "&"))
        shown = re.search(r'class="ct-totals"><b>([^<]*)</b>', behind)
        assert (amount(shown[1]) if shown else 0) == amount(text), href


def test_the_files_hold_what_is_on_the_screen(pages: Pages) -> None:
    browser = new_browser(cookies=pages.enter())
    page = pages.html(f"/?client={PEDRO}&type=invoice&days_from=1")
    (narrowed,) = links(page, 'data-filter="range" data-value="31-60"')
    page = pages.html(narrowed)
    shown = numbers(page)
    others = set(listed(whole(pages.home), {})) - set(shown)
    assert shown
    assert others
    for form, read in (("xlsx", cells), ("pdf", _text)):
        (address,) = links(page, rf'href="/download/statement\.{form}')
        answer = browser.get(address)
        assert answer.status_code == 200
        content = read(answer.content)
        assert [number for number in shown if number not in content] == []
        assert [number for number in others if re.search(rf"{re.escape(number)}\b", content)] == []


def _text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize("kind", ["activity", "forward"])
def test_movements_of_a_period_tie(pages: Pages, kind: str) -> None:
    pages.enter()
    start = (TODAY - timedelta(days=90)).isoformat()
    page = pages.html(f"/?client={PEDRO}&kind={kind}&from={start}")
    closing = re.search(r"<tfoot>.*?class=\"money\"[^>]*>([^<]*)<", page, re.DOTALL)
    assert closing is not None
    assert amount(closing[1]) == whole(pages.home).sections[0].total


@pytest.mark.parametrize("name", PAGES)
def test_every_page_speaks_the_language_that_was_chosen(pages: Pages, name: str) -> None:
    """What people wrote, and the sample's names, stay as they are."""
    pages.enter(cartera_language="en")
    drawn = pages.open(PAGES[name])
    page = html(drawn)
    assert page
    assert errors(drawn) == ""
    tags = r"<(h1|h2|th|label|button|summary)\b([^>]*)>(.*?)</\1>"
    texts = [
        re.sub(r"<[^>]*>", " ", text)
        for tag, about, text in re.findall(tags, page, re.DOTALL)
        if tag != "th" or 'scope="col"' in about
    ]
    for nav in re.findall(r"<nav\b.*?</nav>", page, re.DOTALL):
        texts += re.findall(r"<a [^>]*>(.*?)</a>", nav, re.DOTALL)
    for kind in (
        "button",
        "text_input",
        "text_area",
        "selectbox",
        "multiselect",
        "checkbox",
        "toggle",
        "radio",
        "button_group",
        "number_input",
        "date_input",
        "expander",
    ):
        texts += [str(getattr(one, "label", "")) for one in drawn.get(kind)]
    assert texts
    assert [text for text in texts if "S.A.S." not in text and SPANISH.search(text)] == []
