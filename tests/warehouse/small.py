"""A small lake from CSV text, filled as `cartera load` does it; and what must tie in it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from cartera.config import Settings
from cartera.statement import Section
from cartera.store.db import Store
from cartera.store.locks import writer_lock
from cartera.warehouse import lake
from cartera.warehouse.ingest import load_files
from cartera.warehouse.refresh import refresh


def write_tables(folder: Path, **tables: str) -> Path:
    """One `TABLE.csv` each; spaces around the commas only line the columns up."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in tables.items():
        rows = [
            ",".join(cell.strip() for cell in line.split(",")) for line in dedent(text).splitlines()
        ]
        (folder / f"{name}.csv").write_text("\n".join(filter(None, rows)) + "\n", encoding="utf-8")
    return folder


def fill(settings: Settings, store: Store, folder: Path) -> None:
    """Load a folder and publish; nothing in it may be refused."""
    with writer_lock(settings, store, who="a test"):
        lake.initialise(settings)
        company = settings.company_profile()
        results = load_files(settings, [folder], company=company, any_company=True)
        assert not [r for r in results if r.error or r.rejects]
        refresh(settings, store)


def assert_ties(section: Section) -> None:
    """Ledger rule 4 and the sums of items and lines, to the cent."""
    assert section.total == section.closing
    assert section.total == sum(section.aging.values()) + section.unapplied
    for shown in section.items:
        assert shown.total - shown.applied == shown.open or shown.status == "void"
        assert shown.applied == sum(a.amount for a in shown.allocations)
        if shown.instalments:
            assert shown.open == sum(i.open for i in shown.instalments)
    if section.opening is None:
        assert section.total == sum(i.open for i in section.items)
        assert section.overdue == sum(
            part.open
            for i in section.items
            for part in (i.instalments or (i,))
            if i.bucket != "unapplied" and part.days_overdue > 0
        )
        return
    balance = section.opening
    for line in section.lines:
        balance += line.amount
        assert line.balance == balance
    assert balance == section.closing
