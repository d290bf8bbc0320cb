"""What a page of the sample company has to list, as the core says, and what its files hold."""

from __future__ import annotations

import io
from datetime import timedelta

from openpyxl import load_workbook
from pypdf import PdfReader

from cartera import clock
from cartera.filters import Filters, select
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.statement import Statement
from tests.sample_home import SampleHome


def statement(sample: SampleHome, client_id: str = PEDRO) -> Statement:
    """The account as the client's page shows it today."""
    today = clock.today("America/Bogota")
    return sample.reader().statement(
        COMPANY_ID,
        client_id,
        as_of=today,
        include_paid=True,
        paid_from=today - timedelta(days=365),
    )


def numbers(whole: Statement, filters: Filters | None = None) -> list[str]:
    """What a page of this statement lists: documents, then payments."""
    items = [i for s in select(whole, filters or Filters()).sections for i in s.items]
    later = ("payment", "refund")
    return [i.number for i in items if i.type not in later] + [
        i.number for i in items if i.type in later
    ]


def pdf_text(content: bytes) -> str:
    """What can be read on all of its pages."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def excel_numbers(content: bytes) -> list[str]:
    """The column of numbers on the sheet of the documents."""
    rows = list(load_workbook(io.BytesIO(content)).worksheets[0].values)
    head = next(i for i, row in enumerate(rows) if "Número" in row)
    column = rows[head].index("Número")
    return [str(row[column]) for row in rows[head + 1 :] if row[column]]
