"""A reader with a few invented accounts in memory, in the place of the warehouse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cartera.errors import NotFound
from cartera.statement import Allocation, Item, Party, Section, Statement
from cartera.store.publications import Publication

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
COMPANY = Party("main", "Distribuidora Andina S.A.S.", "901.234.567-8", "Calle 72 # 10-34, Bogotá")


@dataclass(frozen=True)
class ClientRow:
    client_id: str
    name: str
    tax_id: str
    emails: str = ""


CLIENTS = {
    "C1": ClientRow("C1", "Ferretería El Tornillo Ltda.", "800.111.222-3"),
    "C2": ClientRow("C2", "Papelería Ñandú S.A.", "900.333.444-5"),
}


def item(number: str, days: int, total: str, **changes: Any) -> Item:
    """An open invoice that is so many days overdue (negative: not due yet)."""
    due = NOW.date() - timedelta(days=days)
    amount = Decimal(total)
    applied = changes.get("applied", Decimal(0))
    bucket = "current" if days <= 0 else "1-30" if days <= 30 else "31-60" if days <= 60 else "90+"
    values: dict[str, Any] = {
        "document_id": f"id-{number}",
        "number": number,
        "type": "invoice",
        "issue_date": due - timedelta(days=30),
        "due_date": due,
        "days_overdue": days,
        "total": amount,
        "applied": applied,
        "open": amount - applied,
        "status": "partial" if applied else "open",
        "overdue": days > 0,
        "bucket": bucket,
    }
    return Item(**values | changes)


def invoices() -> tuple[Item, ...]:
    paid = Decimal(1500000)
    payment = Allocation(NOW.date() - timedelta(days=9), "payment", paid, "P1", "TRX-5521")
    return (
        item("FE-1001", 72, "4250000.50"),
        item("FE-1042", 41, "3800000", applied=paid, allocations=(payment,)),
        item("FE-1077", 12, "2100000"),
        item("FE-1093", -8, "975300.25"),
    )


class FakeReader:
    """What `cartera.warehouse.reader.Reader` promises, over `items` of each client."""

    def __init__(self) -> None:
        self.items = {"C1": invoices(), "C2": (item("FE-2001", 3, "640000"),)}
        self.published = Publication(1, 1, 1, NOW, True)
        self.asked: list[tuple[str, str]] = []

    def publish(self) -> None:
        """What the pipeline does when figures moved."""
        self.published = replace(
            self.published, id=self.published.id + 1, published_at=datetime.now(UTC)
        )

    def publication(self) -> Publication | None:
        return self.published

    def find_clients(self, company_id: str, text: str = "", limit: int = 50) -> list[ClientRow]:
        wanted = text.casefold()
        rows = (row for row in CLIENTS.values() if company_id == "main")
        return [row for row in rows if wanted in f"{row}".casefold()][:limit]

    def statement(
        self, company_id: str, client_id: str, *, kind: str = "open", as_of: date, **_: Any
    ) -> Statement:
        self.asked.append((company_id, client_id))
        if company_id != "main" or client_id not in CLIENTS:
            raise NotFound("client", client_id, company_id)
        row, items = CLIENTS[client_id], self.items[client_id]
        ranges = ("current", "1-30", "31-60", "61-90", "90+")
        zero = Decimal(0)
        aging = {name: sum((i.open for i in items if i.bucket == name), zero) for name in ranges}
        total = sum(aging.values())
        section = Section(
            currency="COP",
            opening=None,
            items=items,
            lines=(),
            aging=aging,
            overdue=total - aging["current"],
            unapplied=zero,
            total=total,
            closing=total,
        )
        client = Party(row.client_id, row.name, row.tax_id)
        return Statement(
            COMPANY, client, kind, as_of, None, None, "es", "CO", "due_date", (section,)
        )
