"""Clients made by hand, and what people changed of those that came from files.

A row holds only the fields that a person wrote, and these win over every file, whenever it comes.
The warehouse has the figures and names that everybody reads: `cartera.warehouse.client_edits`
carries these rows there. Addresses are not here but in `cartera.store.contacts`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.errors import NotFound
from cartera.i18n import LANGUAGES
from cartera.mail.refusal import Refusal
from cartera.money import MAX_AMOUNT, SCALE
from cartera.people import Person
from cartera.portfolio import ClientRecord
from cartera.render.text import clean, visible
from cartera.store import audit
from cartera.store.db import Store
from cartera.store.schema import client_edits
from cartera.store.upsert import upsert

#: What can be changed of a client, under the contract's names.
FIELDS = (
    "name", "tax_id", "phone", "language", "salesperson", "group", "credit_limit", "notes",
)  # fmt: skip
LONGEST: Mapping[str, int] = {"notes": 2000}
LONGEST_FIELD = 200
#: Ids stand in addresses and file names, and are typed: no spaces, nothing that looks alike.
CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_WHOLE = re.compile(r"[0-9]{1,14}")
_DECIMALS = re.compile(rf"[0-9]{{0,{SCALE}}}")


@dataclass(frozen=True, slots=True)
class ClientEdit:
    """What was written by hand of one client; `is_new`: it exists without a file.

    `fields` maps names to texts; an empty text empties the field. `is_carried` says whether the
    warehouse has it already.
    """

    company_id: str
    client_id: str
    is_new: bool
    fields: Mapping[str, str]
    changed_at: datetime
    changed_by: str
    revision: int
    carried: int

    @property
    def is_carried(self) -> bool:
        """Whether the warehouse has this already."""
        return self.carried == self.revision


def create(
    store: Store,
    company_id: str,
    client_id: str,
    fields: Mapping[str, str],
    *,
    known: Collection[str],
    by: Person,
    now: datetime,
) -> str:
    """Make a client; its id. `known` are ids that the warehouse has: one of them is refused."""
    by.must("clients", company_id)
    wanted = client_id.strip()
    if not CLIENT_ID.fullmatch(wanted):
        raise Refusal("a client's code has up to 64 letters, digits, and . _ - in it")
    given = {name: value for name, value in checked(fields).items() if value}
    if "name" not in given:
        raise Refusal("the client needs a name")
    with store.write() as connection:
        if wanted in known or _find(connection, company_id, wanted) is not None:
            raise Refusal("there is already a client {client_id}", client_id=wanted)
        _put(connection, company_id, wanted, given, None, by, now, is_new=True)
        details = {"fields": given}
        audit.add(connection, company_id, by.login, "client.created", wanted, details, now)
    return wanted


def save(
    store: Store,
    company_id: str,
    client_id: str,
    fields: Mapping[str, str],
    *,
    shown: Mapping[str, str],
    by: Person,
    now: datetime,
) -> tuple[str, ...]:
    """Write fields by hand; the names of those that changed.

    `shown` is what the form was filled with: what equals it was not touched, and goes on coming
    from the files.
    """
    by.must("clients", company_id)
    before = {name: shown.get(name) or "" for name in fields}
    given = {n: v for n, v in checked(fields).items() if v != before[n]}
    if given.get("name") == "":
        raise Refusal("the client needs a name")
    if not given:
        return ()
    with store.write() as connection:
        old = _find(connection, company_id, client_id)
        written = {**(old.fields if old else {}), **given}
        _put(connection, company_id, client_id, written, old, by, now)
        trail = {n: {"old": before[n], "new": v} for n, v in given.items()}
        details = {"changes": trail}
        audit.add(connection, company_id, by.login, "client.edited", client_id, details, now)
    return tuple(given)


def undo(
    store: Store,
    company_id: str,
    client_id: str,
    names: Iterable[str],
    *,
    by: Person,
    now: datetime,
) -> None:
    """Let the files decide these fields again. Raises `NotFound` where nothing was written.

    A client made by hand keeps its name: it may have no other.
    """
    by.must("clients", company_id)
    with store.write() as connection:
        old = _find(connection, company_id, client_id)
        gone = set(names) & set(old.fields) if old else set()
        if old is None or not gone:
            raise NotFound("edit of client", client_id, company_id)
        if old.is_new and "name" in gone:
            raise Refusal("a client made by hand keeps its name")
        left = {name: value for name, value in old.fields.items() if name not in gone}
        _put(connection, company_id, client_id, left, old, by, now)
        details = {"fields": {name: old.fields[name] for name in sorted(gone)}}
        audit.add(connection, company_id, by.login, "client.undone", client_id, details, now)


def get(store: Store, company_id: str, client_id: str) -> ClientEdit | None:
    """What was written by hand of a client; None: nothing ever."""
    with store.read() as connection:
        return _find(connection, company_id, client_id)


def not_yet_there(store: Store, company_id: str) -> list[ClientEdit]:
    """Clients made by hand that the warehouse does not have yet, the newest first."""
    table = client_edits.c
    query = (
        sa.select(*_COLUMNS)
        .where(table.company_id == company_id, table.is_new, table.carried == 0)
        .order_by(table.id.desc())
    )
    with store.read() as connection:
        return [ClientEdit(**row) for row in connection.execute(query).mappings()]


def over(edit: ClientEdit, record: ClientRecord | None) -> ClientRecord:
    """The record with what was written by hand, before the warehouse has it; None: a new client."""
    found = record or ClientRecord(
        edit.client_id, "", "", (), "", "", "", "", None, "", None, None, (), is_by_hand=True
    )
    values: dict[str, Any] = dict(edit.fields)
    if "credit_limit" in values:
        limit = values["credit_limit"]
        values["credit_limit"] = amount(limit) if limit else None
    return replace(found, **values, edited_fields=frozenset(edit.fields))


def shown(record: ClientRecord) -> dict[str, str]:
    """The record's fields as texts: what a form is filled with, and what `save` compares."""
    limit = record.credit_limit
    return {
        **{name: str(getattr(record, name) or "") for name in FIELDS},
        "credit_limit": "" if limit is None else f"{limit.normalize():f}",
    }


def every(store: Store) -> list[ClientEdit]:
    """All of them, of all companies, also those of which every field was undone."""
    query = sa.select(*_COLUMNS).order_by(client_edits.c.id)
    with store.read() as connection:
        return [ClientEdit(**row) for row in connection.execute(query).mappings()]


def are_waiting(store: Store) -> bool:
    """Whether something was written that the warehouse does not have; cheap, so ask often."""
    table = client_edits.c
    query = sa.select(table.id).where(table.carried != table.revision).limit(1)
    with store.read() as connection:
        return connection.execute(query).first() is not None


def mark_carried(store: Store, edits: Iterable[ClientEdit]) -> None:
    """Note that the warehouse has these; what was changed meanwhile goes on waiting."""
    table = client_edits.c
    with store.write() as connection:
        for edit in edits:
            connection.execute(
                sa.update(client_edits)
                .where(table.company_id == edit.company_id, table.client_id == edit.client_id)
                .values(carried=edit.revision)
            )


def checked(fields: Mapping[str, str]) -> dict[str, str]:
    """The texts as they are kept. Raises `Refusal` for the first that cannot be."""
    return {name: _checked(name, value) for name, value in fields.items()}


def amount(text: str) -> Decimal:
    """An amount as a person types it, with points or commas. Raises `Refusal`.

    >>> amount("$ 1.500.000"), amount("1,500.50")
    (Decimal('1500000'), Decimal('1500.50'))
    """
    plain = re.sub(r"[\s$]", "", text)
    last = max(plain.rfind("."), plain.rfind(","))
    whole, decimals = (plain[:last], plain[last + 1 :]) if last >= 0 else (plain, "")
    marks = set(whole) & {".", ","}
    # One kind of mark with three digits behind each groups thousands: 1.500.000, and 1.500 too.
    if last >= 0 and len(decimals) == 3 and whole != "0" and marks <= {plain[last]}:
        whole, decimals = whole + decimals, ""
    if len(marks) > 1 or (decimals and plain[last] in marks):  # marks that group nothing
        whole = ""
    whole = re.sub("[.,]", "", whole)
    try:
        if not _WHOLE.fullmatch(whole) or not _DECIMALS.fullmatch(decimals):
            raise InvalidOperation
        found = Decimal(f"{whole}.{decimals}" if decimals else whole)
    except InvalidOperation:
        raise Refusal("{written} is not an amount", written=clean(text)[:40] or "''") from None
    if found > MAX_AMOUNT:
        raise Refusal("{written} is not an amount", written=clean(text)[:40])
    return found


_COLUMNS = [c for c in client_edits.c if c.name != "id"]


def _checked(name: str, value: str) -> str:
    if name not in FIELDS:
        raise Refusal("a client has no field {name}", name=clean(name)[:40])
    shown = visible(value).strip() if name == "notes" else clean(value)
    longest = LONGEST.get(name, LONGEST_FIELD)
    if len(shown) > longest:
        raise Refusal("at most {most} characters fit", most=longest)
    if name == "language" and shown and shown not in LANGUAGES:
        raise Refusal("there is no such language here")
    return f"{amount(shown):f}" if name == "credit_limit" and shown else shown


def _find(connection: Connection, company_id: str, client_id: str) -> ClientEdit | None:
    table = client_edits.c
    query = sa.select(*_COLUMNS).where(table.company_id == company_id, table.client_id == client_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else ClientEdit(**row)


def _put(
    connection: Connection,
    company_id: str,
    client_id: str,
    fields: Mapping[str, str],
    old: ClientEdit | None,
    by: Person,
    now: datetime,
    *,
    is_new: bool = False,
) -> None:
    values: dict[str, Any] = {
        "is_new": old.is_new if old else is_new,
        "fields": dict(fields),
        "changed_at": now,
        "changed_by": by.login,
        "revision": old.revision + 1 if old else 1,
        "carried": old.carried if old else 0,
    }
    key = {"company_id": company_id, "client_id": client_id}
    upsert(connection, client_edits, key, values)
