"""Rows of the queries behind an account; fields stand in the order of the queries' columns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from cartera.statement import ItemType, Status


class OpenPart(NamedTuple):
    """A row of `queries.OPEN_ITEMS`: an open item, or one open instalment of it.

    The sums are those of its item, of its section (client and currency) and of its range.
    """

    client_id: str
    item_kind: str
    item_id: str
    item_type: ItemType
    number: str
    reference: str | None
    purchase_order: str | None
    url: str | None
    currency: str
    instalment: int | None
    #: None where `instalment` is.
    instalment_amount: Decimal | None
    total: Decimal
    open: Decimal
    bucket: int
    is_disputed: bool
    is_overdue: bool
    issue_date: date
    due_date: date
    days_overdue: int
    item_open: Decimal
    item_applied: Decimal
    status: Status
    section_total: Decimal
    section_unapplied: Decimal
    section_overdue: Decimal
    bucket_total: Decimal


class ClosedRow(NamedTuple):
    """An item of `queries.CLOSED_ITEMS`."""

    item_kind: str
    item_id: str
    item_type: ItemType
    number: str
    reference: str | None
    purchase_order: str | None
    url: str | None
    total: Decimal
    is_void: bool
    is_disputed: bool
    issue_date: date
    due_date: date
    days_overdue: int
