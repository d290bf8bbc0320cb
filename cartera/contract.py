"""The five input tables: names, columns, types and row rules of the contract, as data.

A source (file, database, API) yields these tables; `cartera.warehouse.load` takes them. Types
are Cartera's own words: `text`, `date`, `amount`, `bool`, `int`, `time`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ColumnType = Literal["text", "date", "amount", "bool", "int", "time"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an input table; `choices` closes the set of values, `default` fills a gap."""

    name: str
    type: ColumnType = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str | None = None
    #: amounts only: > 0, >= 0, or of either sign (an allocation below zero takes back; never zero)
    sign: Literal["positive", "not_negative", "either"] = "positive"


@dataclass(frozen=True, slots=True)
class Table:
    """One input table; `key` is unique within a company."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """`company_id` first, the table's own, `updated_at` last."""
        return (COMPANY_ID, *self.columns, UPDATED_AT)

    def column(self, name: str) -> Column:
        """The column of that name; KeyError where there is none."""
        return next(c for c in self.all_columns if c.name == name)


COMPANY_ID = Column("company_id")
UPDATED_AT = Column("updated_at", "time")

DOCUMENT_TYPES = ("invoice", "debit_note", "credit_note")
ALLOCATION_KINDS = (
    "payment", "credit", "refund", "withholding", "discount", "write_off", "exchange",
)  # fmt: skip
#: Kinds that need a source; the others move their target by themselves (ledger rule 1).
SOURCED_KINDS = ("payment", "credit", "refund")

CLIENTS = Table(
    "clients",
    ("client_id",),
    (
        Column("client_id", required=True),
        Column("name", required=True),
        Column("tax_id"),
        Column("emails"),
        Column("phone"),
        Column("language"),
        Column("salesperson"),
        Column("group"),
        Column("credit_limit", "amount", sign="not_negative"),
        Column("notes"),
    ),
)
DOCUMENTS = Table(
    "documents",
    ("document_id",),
    (
        Column("document_id", required=True),
        Column("client_id", required=True),
        Column("type", required=True, choices=DOCUMENT_TYPES),
        Column("number", required=True),
        Column("issue_date", "date", required=True),
        Column("due_date", "date"),
        Column("currency"),
        Column("total", "amount", required=True),
        Column("status", choices=("issued", "draft", "void"), default="issued"),
        Column("voided_on", "date"),
        Column("disputed", "bool", default="false"),
        Column("reference"),
        Column("purchase_order"),
        Column("url"),
    ),
)
INSTALMENTS = Table(
    "instalments",
    ("document_id", "instalment"),
    (
        Column("document_id", required=True),
        Column("instalment", "int", required=True),
        Column("due_date", "date", required=True),
        Column("amount", "amount", required=True),
        Column("status", choices=("active", "void"), default="active"),
        Column("voided_on", "date"),
    ),
)
PAYMENTS = Table(
    "payments",
    ("payment_id",),
    (
        Column("payment_id", required=True),
        Column("client_id", required=True),
        Column("date", "date", required=True),
        Column("amount", "amount", required=True),
        Column("currency"),
        Column("direction", choices=("in", "out"), default="in"),
        Column("status", choices=("received", "pending", "void"), default="received"),
        Column("voided_on", "date"),
        Column("method"),
        Column("reference"),
    ),
)
ALLOCATIONS = Table(
    "allocations",
    ("allocation_id",),
    (
        Column("allocation_id", required=True),
        Column("kind", required=True, choices=ALLOCATION_KINDS),
        Column("amount", "amount", required=True, sign="either"),
        Column("date", "date"),
        Column("source_id"),
        Column("document_id"),
        Column("target_payment_id"),
        Column("source_amount", "amount", sign="either"),
        Column("status", choices=("posted", "void"), default="posted"),
        Column("label"),
        Column("instalment", "int"),
    ),
)

TABLES: dict[str, Table] = {
    t.name: t for t in (CLIENTS, DOCUMENTS, INSTALMENTS, PAYMENTS, ALLOCATIONS)
}

#: Columns that are a row's key, or refer to one: compared as people see them (`cartera.keys`).
KEY_COLUMNS = frozenset(
    {
        "company_id", "client_id", "document_id", "payment_id", "allocation_id", "source_id",
        "target_payment_id",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row was refused: a rule's code, the column, and the value that broke it.

    The code is stable and is what tests and translations use; the sentence shown to a person is
    made from it in their language (`cartera.sources.reasons.sentence`).
    """

    code: str
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something to say of a file that was taken: a code, where, what, and what about it.

    `company_id` is None where it is about the whole file; `count` is of what is not named
    (code `more`). The sentence is made by `cartera.sources.notes.sentence`.
    """

    code: str
    company_id: str | None = None
    column: str | None = None
    row: int | None = None
    value: str | None = None
    detail: str | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Reject:
    """One refused row, where it stood, and every reason.

    `row` counts from 1, the header not counted.
    """

    company_id: str
    table: str
    file: str
    row: int
    record: dict[str, str | None]
    reasons: tuple[Reason, ...] = field(default_factory=tuple)
