"""A filtered statement says so in every form, and its totals stay those of the whole account."""

from __future__ import annotations

import io

from openpyxl import load_workbook
from pypdf import PdfReader
from rich.console import Console

from cartera.filters import Filters, select
from cartera.render.pdf import to_pdf
from cartera.render.table import to_table
from cartera.render.xlsx import write_xlsx
from tests.factories import make_item, make_section, make_statement

WHOLE = make_statement(
    make_section([make_item("FV-1", "700", days=40), make_item("FV-2", "300", days=5)])
)
SHOWN = select(WHOLE, Filters(buckets=("31-60",)))
SAYS = "Se muestran 1 de 2 documentos y pagos (31 a 60 días)"


def text_of_pdf(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_pdf() -> None:
    text = text_of_pdf(to_pdf(SHOWN))
    assert SAYS in text
    assert "1.000,00" in text  # the account's total, not the line's
    assert "FV-1" in text and "FV-2" not in text
    assert "Se muestran" not in text_of_pdf(to_pdf(WHOLE))


def test_excel_total_is_a_figure_that_filtering_does_not_change() -> None:
    stream = io.BytesIO()
    write_xlsx(SHOWN, stream)
    rows = list(load_workbook(stream)["COP"].iter_rows(values_only=True))
    assert any(str(row[0]).startswith(SAYS) for row in rows)
    assert rows[-1][0] == "Saldo total"
    assert 1000 in rows[-1]  # no formula: it would add up the one line there is
    assert [row[1] for row in rows if row[1] in ("FV-1", "FV-2")] == ["FV-1"]


def test_terminal() -> None:
    console = Console(width=200, file=io.StringIO())
    console.print(to_table(SHOWN))
    assert SAYS in console.file.getvalue()  # type: ignore[attr-defined]
