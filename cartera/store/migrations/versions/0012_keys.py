"""Keys of clients and documents as people see them, as the lake has them from now on.

What stood apart under keys that only look alike belongs together: of two rows where there can be
one, the newer holds.
"""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

#: Written out as it was decided then (`cartera.keys`).
INVISIBLE = re.compile(
    "[\u0080-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
HYPHENS = re.compile(
    "[\u02d7\u058a\u05be\u1806\u2010-\u2015\u2043\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]"
)
#: Where nothing has to be unique.
PLAIN = {
    "links": ("client_id",),
    "messages": ("client_id", "document_id"),
    "pauses": ("client_id", "document_id"),
    "notices": ("client_id",),
    "access_requests": ("client_id",),
    "own_payments": ("client_id", "matched_id"),
    "online_payments": ("client_id",),
}
#: Where a key holds one row: its other columns, and what says which row is the newer one.
UNIQUE = (
    ("contacts", "client_id", ("company_id", "address"), "changed_at"),
    ("client_rights", "client_id", ("company_id",), "changed_at"),
    ("schedule_holds", "client_id", ("schedule_id", "planned"), "created_at"),
    ("reminder_items", "document_id", ("reminder_id", "instalment"), None),
    ("notice_documents", "document_id", ("notice_id",), None),
    ("online_claims", "document_id", ("company_id", "client_id"), "payment_id"),
    ("online_claims", "client_id", ("company_id", "document_id"), "payment_id"),
)
#: Lists of documents, each with amounts.
LISTS = (("own_payments", "allocations"), ("online_payments", "lines"))


def upgrade() -> None:
    """Rewrite what is not as keys are compared now; nearly always nothing."""
    _message_keys()
    for name, columns in PLAIN.items():
        for column in columns:
            table = _table(name, column)
            for old, new in _changed(table.c[column]):
                op.execute(sa.update(table).where(table.c[column] == old).values({column: new}))
    _client_edits()
    _reminders()
    for name, column, others, newer in UNIQUE:
        _unique(name, column, others, newer)
    for name, column in LISTS:
        _list(name, column)
    _not_these()


def _normal(key: str) -> str:
    key = HYPHENS.sub("-", SPACES.sub(" ", INVISIBLE.sub("", key)))
    return unicodedata.normalize("NFC", key).strip()


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *map(sa.column, columns))


def _json(name: str, column: str) -> sa.TableClause:
    return sa.table(name, sa.column("id"), sa.column(column, sa.JSON))


def _changed(column: sa.ColumnElement[Any]) -> Iterable[tuple[str, str]]:
    """Values of a column that are not as they should be, and what they become."""
    found = op.get_bind().execute(sa.select(column).distinct()).scalars()
    pairs = [(old, _normal(old)) for old in found if old]
    return sorted((old, new) for old, new in pairs if old != new)


def _message_keys() -> None:
    """What says that a message is queued already names its client or its document."""
    table = _table("messages", "id", "company_id", "key", "client_id", "document_id")
    for name in ("client_id", "document_id"):
        for old, new in _changed(table.c[name]):
            rows = op.get_bind().execute(
                sa.select(table.c.id, table.c.company_id, table.c.key).where(table.c[name] == old)
            )
            for row in rows.all():
                key = row.key.replace(old, new)
                same = sa.select(table.c.id).where(
                    table.c.company_id == row.company_id, table.c.key == key
                )
                if op.get_bind().execute(same).first() is None:
                    op.execute(sa.update(table).where(table.c.id == row.id).values(key=key))


def _unique(name: str, column: str, others: tuple[str, ...], newer: str | None) -> None:
    table = _table(name, column, *others, *([newer] if newer else []))
    for old, new in _changed(table.c[column]):
        rows = op.get_bind().execute(sa.select(table).where(table.c[column] == old)).mappings()
        for row in rows.all():
            same = [table.c[other] == row[other] for other in others]
            mine, its = [table.c[column] == old, *same], [table.c[column] == new, *same]
            there = op.get_bind().execute(sa.select(table).where(*its)).mappings().first()
            if there is not None:
                is_newer = newer is not None and row[newer] > there[newer]
                op.execute(sa.delete(table).where(*(its if is_newer else mine)))
                if not is_newer:
                    continue
            op.execute(sa.update(table).where(*mine).values({column: new}))


def _client_edits() -> None:
    """What was written under both keys is kept; of a field written twice, the later."""
    names = ("id", "company_id", "client_id", "is_new", "revision", "carried", "changed_by")
    table = sa.table(
        "client_edits",
        *map(sa.column, names),
        sa.column("fields", sa.JSON),
        sa.column("changed_at"),
    )
    bind = op.get_bind()
    for old, new in _changed(table.c.client_id):
        for row in bind.execute(sa.select(table).where(table.c.client_id == old)).all():
            same = [table.c.client_id == new, table.c.company_id == row.company_id]
            there = bind.execute(sa.select(table).where(*same)).first()
            values: dict[str, Any] = {"client_id": new}
            if there is not None:
                first, last = sorted([row, there], key=lambda one: one.changed_at)
                op.execute(sa.delete(table).where(table.c.id == there.id))
                values |= {
                    "fields": {**first.fields, **last.fields},
                    "is_new": bool(row.is_new) or bool(there.is_new),
                    "changed_at": last.changed_at,
                    "changed_by": last.changed_by,
                    # The lake has heard of each, not of both together.
                    "carried": max(row.carried, there.carried),
                    "revision": max(row.revision, there.revision) + 1,
                }
            op.execute(sa.update(table).where(table.c.id == row.id).values(values))


def _reminders() -> None:
    """Two reminders of one day, to what was two clients, are one about the items of both."""
    table = _table("reminders", "id", "company_id", "client_id", "day")
    items = _table("reminder_items", "reminder_id", "document_id", "instalment")
    messages = _table("messages", "reminder_id")
    bind = op.get_bind()
    for old, new in _changed(table.c.client_id):
        for row in bind.execute(sa.select(table).where(table.c.client_id == old)).all():
            same = [
                table.c.company_id == row.company_id,
                table.c.client_id == new,
                table.c.day == row.day,
            ]
            there = bind.execute(sa.select(table).where(*same)).first()
            mine = table.c.id == row.id
            if there is None:
                op.execute(sa.update(table).where(mine).values(client_id=new))
                continue
            of_both = sa.select(items).where(items.c.reminder_id == there.id)
            known = {(i.document_id, i.instalment) for i in bind.execute(of_both)}
            of_mine = sa.select(items).where(items.c.reminder_id == row.id)
            for item in bind.execute(of_mine).all():
                this = [
                    items.c.reminder_id == row.id,
                    items.c.document_id == item.document_id,
                    items.c.instalment == item.instalment,
                ]
                if (item.document_id, item.instalment) in known:
                    op.execute(sa.delete(items).where(*this))
                else:
                    op.execute(sa.update(items).where(*this).values(reminder_id=there.id))
            to_it = sa.update(messages).where(messages.c.reminder_id == row.id)
            op.execute(to_it.values(reminder_id=there.id))
            op.execute(sa.delete(table).where(mine))


def _list(name: str, column: str) -> None:
    table = _json(name, column)
    for row in op.get_bind().execute(sa.select(table)).mappings().all():
        entries = row[column] or []
        if merged := _merged(entries):
            this = sa.update(table).where(table.c.id == row["id"])
            op.execute(this.values({column: merged}))


def _merged(entries: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """The list with documents under their keys of now; None where it stays as it is.

    A document that stands in it twice gets the amounts of both. Of a payment that the ledger has,
    the second entry stays, with nothing, under its old key: the ledger has a row of its number,
    and has to hear that it is void.
    """
    found: dict[str, tuple[dict[str, Any], str]] = {}
    result = []
    for entry in entries:
        old, new = entry["document_id"], _normal(entry["document_id"])
        one = dict(entry)
        if new not in found:
            found[new] = (one, old)
            one["document_id"] = new
        else:
            first, old_of_first = found[new]
            for name in ("amount", "given"):
                if name in one:
                    first[name] = f"{Decimal(first[name]) + Decimal(one[name]):f}"
            if "given" not in one:
                continue
            one |= {"document_id": old if old != new else old_of_first, "amount": "0"}
        result.append(one)
    return None if result == entries else result


def _not_these() -> None:
    table = _json("own_payments", "not_these")
    for row in op.get_bind().execute(sa.select(table)).all():
        now = [_normal(payment) for payment in row.not_these or []]
        if now != (row.not_these or []):
            this = sa.update(table).where(table.c.id == row.id)
            op.execute(this.values(not_these=now))
