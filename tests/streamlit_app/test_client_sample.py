"""The client's page over the sample company: its filters and files, against what the core says."""

from __future__ import annotations

import httpx
import pytest
from starlette.testclient import TestClient

from cartera.filters import Filters
from tests.sample_home import SampleHome
from tests.streamlit_app.statement_page import StatementPage
from tests.streamlit_app.statements import excel_numbers, numbers, pdf_text, statement

FILTERS = [
    {"status": "open"}, {"status": "partial"}, {"status": "overdue"}, {"status": "paid"},
    {"status": "void"}, {"range": "current"}, {"range": "1-30"}, {"range": "31-60"},
    {"range": "61-90"}, {"range": "90+"}, {"range": "unapplied"},
    {"status": "overdue,partial"}, {"status": "overdue", "range": "31-60"},
]  # fmt: skip


@pytest.fixture
def entered(sample: SampleHome, sample_app: TestClient) -> str:
    """The address of Pedro's page, in a browser that came by his link."""
    return str(sample_app.get(f"/e/{sample.link().token}").headers["location"])


def read(browser: TestClient, address: str) -> StatementPage:
    answer = browser.get(address)
    assert answer.status_code == 200
    return StatementPage(answer.text)


def test_the_first_paint_lists_everything(
    sample: SampleHome, sample_app: TestClient, entered: str
) -> None:
    page = read(sample_app, entered)
    assert page.numbers() == numbers(statement(sample))
    assert (page.chosen(), page.selection()) == ([""], "")


def test_every_filter_works_by_its_links_and_by_address(
    sample: SampleHome, sample_app: TestClient, entered: str
) -> None:
    whole = statement(sample)
    for chosen in FILTERS:
        wanted = numbers(whole, Filters.from_query(chosen))
        address = entered
        for name, values in chosen.items():
            for value in values.split(","):
                address = read(sample_app, address).control(name, value)
        followed = Filters.from_query(dict(httpx.URL(f"{sample_app.base_url}{address}").params))
        assert followed == Filters.from_query(chosen)
        typed = f"{entered}&{httpx.QueryParams(chosen)}"
        for page in (read(sample_app, address), read(sample_app, typed)):
            assert page.numbers() == wanted, chosen
            assert set(page.chosen()) == set(chosen.get("status", "").split(",")) - {""}
            if wanted != numbers(whole):
                said = f"Se muestran {len(wanted)} de {len(numbers(whole))}"
                assert said in page.selection()


@pytest.mark.parametrize("status", ["", "overdue"])
def test_files_hold_what_the_page_shows(
    sample: SampleHome, sample_app: TestClient, entered: str, status: str
) -> None:
    address = read(sample_app, entered).control("status", status) if status else entered
    page = read(sample_app, address)
    shown = numbers(statement(sample), Filters.from_query({"status": status}))
    assert page.numbers() == shown
    files = {form: sample_app.get(href).content for form, href in page.files().items()}
    assert sorted(excel_numbers(files["xlsx"])) == sorted(shown)
    text = pdf_text(files["pdf"])
    for wanted in [*shown, *page.balances(), page.total()]:
        assert wanted in text
    if status:
        assert "FE-2429" not in text  # not due yet, and no payment names it
