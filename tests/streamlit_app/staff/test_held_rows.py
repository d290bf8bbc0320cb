"""Deciding about rows that wait on the page "Datos", and closing the books on the settings page."""

from __future__ import annotations

from datetime import date

import pytest

from cartera.config import Settings
from cartera.store import audit, companies
from cartera.store.db import Store, open_store
from cartera.warehouse.ingest import load_files
from cartera.warehouse.refresh import refresh
from tests.streamlit_app.test_staff_pages import (  # noqa: F401  # fixtures
    Enter,
    books,
    button,
    draw,
    enter,
    found,
    html,
)
from tests.warehouse.small import write_tables

ROWS = """
    document_id, client_id, type, number, issue_date, due_date, total, currency
    1, C2, invoice, FE-1042, 2026-10-02, 2026-11-02, 120000, COP
    2, C2, invoice, FE-1093, 2026-10-03, 2026-11-03, 90000, COP
    3, C1, invoice, FE-2001, 2026-10-04, 2026-11-04, 700, COP
"""


@pytest.fixture(scope="module")
def held(books, tmp_path_factory) -> Settings:  # noqa: F811
    """Three numbers used twice, in one file."""
    settings = Settings(home=books[0], company="main", threads=1)
    folder = write_tables(tmp_path_factory.mktemp("held"), documents=ROWS)
    (folder / "documents.csv").rename(folder / "documents_2026.csv")
    (result,) = load_files(settings, [folder], company=settings.company_profile())
    assert result.held == 3
    store = open_store(settings)
    refresh(settings, store)
    store.close()
    return settings


@pytest.fixture
def store(held, found, enter) -> Store:  # noqa: F811
    enter()
    return found.store


@pytest.mark.full
def test_both_sides_are_shown_and_each_is_decided_about_once(store, held, enter):  # noqa: F811
    page = draw("/datos", show="held")
    shown = html(page)
    assert "Por decidir <b>3</b>" in shown
    for text in (
        "Este número ya está en los libros", "Ferretería El Tornillo", "Papelería Ñandú",
        "3.800.000,00 COP", "120.000,00 COP", "01/08/2026", "02/10/2026", "documents_2026.csv",
    ):  # fmt: skip
        assert text in shown
    labels = [one.label for one in page.button]
    assert labels.count("Tomar el nuevo") == labels.count("Dejar el anterior") == 3
    page = button(page, "Tomar el nuevo")
    assert [one.value for one in page.success] == [
        "El nuevo entra; las cifras se actualizan en un momento."
    ]
    assert "Por decidir <b>2</b>" in html(draw("/datos", show="held"))
    # All that is left of the file, at once.
    button(draw("/datos", show="held", file="documents_2026.csv"), "Hacerlo")
    assert "No hay filas por decidir." in html(draw("/datos", show="held"))
    taken = audit.entries(store, "main", action="held.taken")
    assert sorted(entry.subject for entry in taken) == ["1", "2", "3"]
    assert {entry.who for entry in taken} == {"administrator"}
    refresh(held, store)
    assert "120.000,00" in html(draw("/documentos", client="C2", text="FE-1042"))
    assert ">3</a>" in html(draw("/datos"))  # what the load held, with where to see it


@pytest.mark.full
def test_the_books_are_closed_on_the_settings_page(store):
    page = draw("/configuracion")
    field = next(one for one in page.date_input if one.label == "Libros cerrados hasta")
    assert field.value is None
    field.set_value(date(2026, 10, 31))
    next(
        one for one in page.button
        if one.label == "Guardar" and "books" in (one.form_id or "")
    ).click().run(timeout=30)  # fmt: skip
    change = companies.changes_of(store, "main")["closed_until"]
    assert change.by == "administrator"
    shown = draw("/configuracion")
    assert next(iter(shown.date_input)).value == date(2026, 10, 31)
    assert "Libros cerrados hasta" in html(draw("/configuracion", section="history"))
