"""The sample company's invoices as PDFs, as an accounting system would give them."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

from cartera.render.templates import templates_dir
from cartera.render.words import Words
from cartera.sample.clients import Client


def invoice_pdf(
    profile: Path,
    client: Client,
    *,
    number: str,
    issued: date,
    due: date | None,
    purchase_order: str,
    total: Decimal,
) -> bytes:
    """One invoice; the same invoice always gives the same bytes. `profile` is the letterhead."""
    import typst

    (company,) = tomllib.loads(profile.read_text("utf-8"))["company"].values()
    words = Words("es", company["country"])
    data = {
        "company": {
            name: company[name] for name in ("name", "tax_id", "address", "phone", "email")
        },
        "color": company["color"],
        "client": {"name": client.name, "tax_id": client.tax_id},
        "number": number,
        "issued": words.day(issued),
        "due": words.day(due),
        "purchase_order": purchase_order,
        "total": words.amount(total, client.currency),
    }
    folder = templates_dir()
    made = typst.compile(
        folder / "sample" / "invoice.typ",
        root=folder,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=datetime.combine(issued, time(), UTC),
    )
    if not isinstance(made, bytes):
        raise TypeError(f"typst returned {type(made).__name__}")
    return made
