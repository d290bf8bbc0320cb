"""Random histories of several small companies: every kind of row, odd ones included.

Rows are text, as in a file. Each carries an `updated_at` of its own, so that the newest version
of a key does not depend on the order of arrival; with `timed=False` some rows carry none, or
one that another version has too.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from tests.ledger.oracle import Row

FIRST_DAY = date(2026, 1, 1)
DAYS = 120
NOON = "2026-06-01T12:00:00"
CURRENCIES = ("COP", "USD", "CLP")
COLUMNS = {
    "clients": ("client_id", "name"),
    "documents": (
        "document_id", "client_id", "type", "number", "issue_date", "due_date", "currency",
        "total", "status", "voided_on",
    ),
    "instalments": ("document_id", "instalment", "due_date", "amount", "status", "voided_on"),
    "payments": (
        "payment_id", "client_id", "date", "amount", "currency", "direction", "status", "voided_on",
    ),
    "allocations": (
        "allocation_id", "kind", "amount", "date", "source_id", "document_id",
        "target_payment_id", "source_amount", "status", "instalment",
    ),
}  # fmt: skip
KEYS = {
    "clients": ("client_id",),
    "documents": ("document_id",),
    "instalments": ("document_id", "instalment"),
    "payments": ("payment_id",),
    "allocations": ("allocation_id",),
}
#: table, row: one version that arrives
Arrival = tuple[str, Row]


def history(random: Random, company: str, *, timed: bool = True) -> list[Arrival]:
    """All versions of one company's rows in an order of arrival: random, newer ones rather late."""
    rows = _History(random, company).arrivals()
    if not timed:
        for _, row in rows:
            row["updated_at"] = random.choice((None, NOON, row["updated_at"], row["updated_at"]))
    return rows


class _History:
    def __init__(self, random: Random, company: str) -> None:
        self.random = random
        self.company = company
        self.clock = 0
        self.currency = random.choice(CURRENCIES)
        # Documents and payments may have the same ids: they are told apart by what they are.
        # A payment's id is its number: B sorts before the invoices' F, X behind.
        self.letters = random.choice((("D", "B"), ("X", "X")))
        self.rows: list[Arrival] = []
        self.documents: list[Row] = []
        self.payments: list[Row] = []

    def arrivals(self) -> list[Arrival]:
        random = self.random
        for number in range(random.randint(1, 3)):
            self._add("clients", client_id=f"C{number}", name=f"Client {number}")
        for number in range(random.randint(2, 6)):
            self._document(number)
        for number in range(random.randint(1, 5)):
            self._payment(number)
        for number in range(random.randint(2, 12)):
            self._allocation(number)
        first = list(self.rows)
        for table, row in first:
            if random.random() < 0.25:
                self._new_version(table, row)
        places = [random.random() + (n >= len(first)) / 2 for n in range(len(self.rows))]
        return [self.rows[n] for n in sorted(range(len(places)), key=places.__getitem__)]

    def _add(self, table: str, **values: str | None) -> Row:
        self.clock += 1
        row: Row = dict.fromkeys(COLUMNS[table])
        row |= values
        stamp = (
            f"2026-06-01T{self.clock // 3600:02}:{self.clock // 60 % 60:02}:{self.clock % 60:02}"
        )
        row |= {"company_id": self.company, "updated_at": stamp}
        self.rows.append((table, row))
        return row

    def _day(self) -> str:
        # Some days are busy: what happens on one day nets, and stands in a fixed order.
        after = self.random.choice((self.random.randrange(DAYS), self.random.randrange(DAYS), 60))
        return (FIRST_DAY + timedelta(days=after)).isoformat()

    def _amount(self, currency: str) -> str:
        whole = self.random.choice((1, 2, 5, 10, 10, 30, 50, 100))
        return (
            str(whole) if currency == "CLP" else f"{whole}.{self.random.choice(('00', '25', '1'))}"
        )

    def _client(self) -> str:
        # Client C9 never comes, C1 and C2 not always: what is theirs waits.
        return self.random.choice((*["C0"] * 7, "C1", "C2", "C9"))

    def _currency(self) -> str:
        """Mostly the company's own, so that most allocations find both their ends."""
        return self.currency if self.random.random() < 0.8 else self.random.choice(CURRENCIES)

    def _status(self, counts: str, *others: str) -> str | None:
        """Mostly one that counts."""
        if self.random.random() < 0.8:
            return self.random.choice((None, counts))
        return self.random.choice(others)

    def _voided_on(self) -> str | None:
        """Since when it is void, if it is."""
        return self.random.choice((None, self._day()))

    def _document_id(self) -> str:
        return f"{self.letters[0]}{self._one_of(self.documents)}"

    def _payment_id(self) -> str:
        return f"{self.letters[1]}{self._one_of(self.payments)}"

    def _one_of(self, rows: list[Row]) -> int:
        """The number of a row there is, now and then of one that never comes."""
        return self.random.randrange(len(rows)) if self.random.random() < 0.95 else 7

    def _document(self, number: int) -> None:
        random = self.random
        currency = self._currency()
        row = self._add(
            "documents",
            document_id=f"{self.letters[0]}{number}",
            client_id=self._client(),
            type=random.choice(("invoice", "invoice", "invoice", "debit_note", "credit_note")),
            number=f"F-{random.randint(1, 3)}",  # numbers may repeat, ids may not
            issue_date=self._day(),
            due_date=random.choice((None, self._day(), self._day())),
            currency=currency,
            total=self._amount(currency),
            status=self._status("issued", "draft", "void"),
            voided_on=self._voided_on(),
        )
        self.documents.append(row)
        if random.random() < 0.4:
            for part in range(1, random.randint(2, 4)):
                self._add(
                    "instalments",
                    document_id=row["document_id"],
                    instalment=str(part),
                    due_date=self._day(),
                    amount=self._amount(currency),
                    status=random.choice((None, "active", "active", "active", "void")),
                    voided_on=self._voided_on(),
                )

    def _payment(self, number: int) -> None:
        random = self.random
        currency = self._currency()
        row = self._add(
            "payments",
            payment_id=f"{self.letters[1]}{number}",
            client_id=self._client(),
            date=self._day(),
            amount=self._amount(currency),
            currency=currency,
            direction=random.choice((None, "in", "in", "out")),
            status=self._status("received", "pending", "void"),
            voided_on=self._voided_on(),
        )
        self.payments.append(row)

    def _allocation(self, number: int) -> None:
        random = self.random
        kind = random.choice(
            ("payment", "payment", "payment", "credit", "credit", "refund", "withholding",
             "discount", "write_off", "exchange")
        )  # fmt: skip
        values: dict[str, str | None] = {
            "allocation_id": f"A{number}",
            "kind": kind,
            "amount": self._amount(self.currency if random.random() < 0.9 else "COP"),
            "date": random.choice((None, self._day(), self._day())),
            "status": self._status("posted", "void"),
            "instalment": random.choice((None, None, "1", "2")),
            "document_id": self._document_id(),
        }
        if kind == "exchange" and random.random() < 0.5:
            values["amount"] = f"-{values['amount']}"
        elif random.random() < 0.2:  # takes back what was applied
            values["amount"] = f"-{values['amount']}"
            values["date"] = self._day()
        if kind in ("payment", "credit", "refund"):
            values["source_id"] = self._source_id(kind)
            values["source_amount"] = random.choice((None, "4", "40", "12", "-4"))
        if kind == "refund" and random.random() < 0.5:
            values["document_id"] = None
            values["target_payment_id"] = self._payment_id()
        self._add("allocations", **values)

    def _source_id(self, kind: str) -> str | None:
        if kind != "credit":
            return self._payment_id()
        notes = [d for d in self.documents if d["type"] == "credit_note"]
        return self.random.choice([*self.documents, *notes, *notes])["document_id"]

    def _new_version(self, table: str, row: Row) -> None:
        """The same key with other values, newer by its `updated_at`."""
        random = self.random
        changed = {k: v for k, v in row.items() if k not in ("company_id", "updated_at")}
        if table == "documents":
            changed["status"] = random.choice(("issued", "void", "draft"))
            changed["client_id"] = random.choice((row["client_id"], self._client()))
            changed["total"] = self._amount(str(row["currency"]))
        elif table == "payments":
            changed["status"] = random.choice(("received", "void", "pending"))
            changed["date"] = self._day()
        elif table == "allocations":
            changed["status"] = random.choice(("posted", "void"))
            if changed["document_id"]:
                changed["document_id"] = self._document_id()
            if changed["source_id"] and random.random() < 0.5:
                changed["source_id"] = self._source_id(str(changed["kind"]))
            sign = "-" if str(row["amount"]).startswith("-") else ""
            changed["amount"] = f"{sign}{self._amount(self.currency)}"
        elif table == "instalments":
            changed["due_date"] = self._day()
            changed["status"] = random.choice(("active", "void"))
            changed["voided_on"] = self._voided_on()
        else:
            changed["name"] = "Other name"
        self._add(table, **changed)
