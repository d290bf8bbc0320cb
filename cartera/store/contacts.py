"""Who of a client gets mail: the addresses of its files, and what people changed of them.

Addresses of files are not copied here; they come with every load. A row of ours stands beside
them (a contact made by hand), over one of them (`replaces` names the address that the file has),
or says that one is gone. So an edit or a removal survives whatever is loaded later. What a file
stops naming goes, unless somebody wrote another address in its place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from cartera.errors import NotFound
from cartera.i18n import LANGUAGES
from cartera.mail import addresses, clean
from cartera.mail.outgoing import CLIENT_KINDS, Kind
from cartera.mail.refusal import Refusal
from cartera.people import Person
from cartera.store import audit
from cartera.store.db import Store
from cartera.store.schema import contacts
from cartera.store.upsert import upsert

#: file: as the client's record has it; edited: it has it, and a person changed something of it;
#: hand: made here.
Origin = Literal["file", "hand", "edited"]
ALL_KINDS: frozenset[Kind] = frozenset(CLIENT_KINDS)
#: Contacts of one client; more is a mailing list.
MOST = 50
#: Up to so many clients are asked for by name; for more, all of a company's rows are read.
MOST_NAMED = 500


@dataclass(frozen=True, slots=True)
class Contact:
    """One address of a client. `language` is empty where neither it nor its client has one.

    `replaces` is the address that the file has, where a person wrote another in its place.
    """

    address: str
    name: str
    language: str
    kinds: frozenset[Kind]
    origin: Origin
    client_id: str
    replaces: str = ""

    @property
    def shown(self) -> str:
        """Name and address as a list has them."""
        return f"{self.name} · {self.address}" if self.name else self.address

    def wants(self, kind: Kind) -> bool:
        """Whether this contact gets that kind of mail."""
        return kind in self.kinds


def contacts_of(
    store: Store, company_id: str, clients: Mapping[str, tuple[Iterable[str] | str, str]]
) -> dict[str, tuple[Contact, ...]]:
    """Contacts of clients, given what their records say: addresses and language of each.

    Addresses are a list, or text that is one (`addresses.split`). What is no address is left
    out: see `wrong_addresses`.
    """
    rows = _rows(store, company_id, clients)
    return {
        client_id: tuple(_merged(client_id, given, language, rows.get(client_id, ())))
        for client_id, (given, language) in clients.items()
    }


def holders_of(store: Store, company_id: str, address: str) -> list[str]:
    """Clients that have this address by hand, removed ones left out."""
    query = (
        sa.select(contacts.c.client_id)
        .where(
            contacts.c.company_id == company_id,
            contacts.c.address == (addresses.usable(address) or address),
            sa.not_(contacts.c.is_removed),
        )
        .order_by(contacts.c.client_id)
    )
    with store.read() as connection:
        return list(connection.execute(query).scalars())


def removed(store: Store, company_id: str, client_id: str) -> tuple[Contact, ...]:
    """What was taken away by hand, and `restore` brings back."""
    rows = _rows(store, company_id, (client_id,)).get(client_id, ())
    return tuple(_contact(client_id, row, "") for row in rows if row["is_removed"])


def wrong_addresses(given: Iterable[str] | str) -> list[str]:
    """What stands in a client's record as an address and is none."""
    return [text for text in _split(given) if addresses.usable(text) is None]


def save(
    store: Store,
    company_id: str,
    client_id: str,
    address: str,
    *,
    name: str = "",
    language: str = "",
    kinds: Collection[Kind] = CLIENT_KINDS,
    was: str = "",
    by: Person,
    now: datetime,
) -> str:
    """Add a contact, or change the one whose address `was`; the address as it is kept.

    Raises `Refusal` for what is no address, or is another contact's already.
    """
    by.must("clients", company_id)
    if not client_id.strip():
        raise Refusal("a contact needs a client")
    wanted, before = addresses.normal(address), addresses.usable(was) or was
    if language and language not in LANGUAGES:
        raise Refusal("there is no such language here")
    if unknown := set(kinds) - ALL_KINDS:
        raise Refusal("there is no such kind of mail: {kind}", kind=min(unknown))
    values: dict[str, Any] = {
        "name": clean.name(name),
        "language": language,
        "kinds": [kind for kind in CLIENT_KINDS if kind in kinds],
        "is_removed": False,
        "changed_at": now,
        "changed_by": by.login,
    }
    with store.write() as connection:
        found = {row["address"]: row for row in _of(connection, company_id, client_id)}
        taken = found.get(wanted)
        if taken is not None and not taken["is_removed"] and wanted != before:
            raise Refusal("{address} is already one of the contacts", address=wanted)
        if taken is None and len(found) >= MOST:
            raise Refusal("a client has at most {most} contacts", most=MOST)
        old = found.get(before)
        # A row of ours keeps what it stands in for; without one it is the file's own address.
        replaces = old["replaces"] if old is not None else before
        if old is not None and wanted != before:
            connection.execute(_delete(company_id, client_id, before))
        key = {"company_id": company_id, "client_id": client_id, "address": wanted}
        upsert(connection, contacts, key, {**values, "replaces": replaces})
        details = {
            "address": wanted,
            "old": _trailed(old) if old is not None else {"address": before},
            "new": _trailed({**values, "address": wanted}),
        }
        audit.add(connection, company_id, by.login, "contact.saved", client_id, details, now)
    return wanted


def remove(
    store: Store, company_id: str, client_id: str, address: str, *, by: Person, now: datetime
) -> None:
    """Take a contact away, also one that files go on naming; twice changes nothing more."""
    by.must("clients", company_id)
    gone = addresses.usable(address) or address
    with store.write() as connection:
        rows = _of(connection, company_id, client_id)
        old = next((row for row in rows if row["address"] == gone), None)
        if old is not None and old["is_removed"]:
            return
        values = {
            "replaces": gone, "name": "", "language": "", "kinds": list(CLIENT_KINDS),
            **({name: old[name] for name in _KEPT} if old is not None else {}),
            "is_removed": True, "changed_at": now, "changed_by": by.login,
        }  # fmt: skip
        key = {"company_id": company_id, "client_id": client_id, "address": gone}
        upsert(connection, contacts, key, values)
        details = {"address": gone}
        audit.add(connection, company_id, by.login, "contact.removed", client_id, details, now)


def restore(
    store: Store, company_id: str, client_id: str, address: str, *, by: Person, now: datetime
) -> None:
    """Bring back what `remove` took away, as it was before. Raises `NotFound`."""
    by.must("clients", company_id)
    with store.write() as connection:
        rows = _of(connection, company_id, client_id)
        row = next((r for r in rows if r["address"] == address and r["is_removed"]), None)
        if row is None:
            raise NotFound("contact", address, company_id)
        if _is_as_filed(row):
            change: sa.Delete | sa.Update = _delete(company_id, client_id, address)
        else:
            values = {"is_removed": False, "changed_at": now, "changed_by": by.login}
            change = sa.update(contacts).where(*_mine(company_id, client_id, address))
            change = change.values(values)
        connection.execute(change)
        details = {"address": address}
        audit.add(connection, company_id, by.login, "contact.restored", client_id, details, now)


def undo(
    store: Store, company_id: str, client_id: str, address: str, *, by: Person, now: datetime
) -> None:
    """Forget what was changed of a file's contact: it is as the file has it. Raises `NotFound`."""
    by.must("clients", company_id)
    with store.write() as connection:
        change = _delete(company_id, client_id, address).where(contacts.c.replaces != "")
        row = connection.execute(change.returning(contacts)).mappings().first()
        if row is None:
            raise NotFound("contact", address, company_id)
        details = {"address": row["replaces"], "old": _trailed(row)}
        audit.add(connection, company_id, by.login, "contact.undone", client_id, details, now)


#: What a removal keeps, so that bringing the contact back is not making it anew.
_KEPT = ("replaces", "name", "language", "kinds")


def _merged(
    client_id: str, given: Iterable[str] | str, language: str, rows: Sequence[RowMapping]
) -> list[Contact]:
    """The file's addresses in their order, with what was changed of them; then ours."""
    of_file = dict.fromkeys(found for text in _split(given) if (found := addresses.usable(text)))
    by_address = {row["address"]: row for row in rows}
    standing_in = {row["replaces"]: row for row in rows if row["replaces"]}
    merged: dict[str, Contact] = {}
    for address in of_file:
        row = by_address.get(address) or standing_in.get(address)
        if row is None:
            merged[address] = Contact(address, "", language, ALL_KINDS, "file", client_id)
        elif not row["is_removed"]:
            merged[row["address"]] = _contact(client_id, row, language)
    for row in rows:
        went_with_file = row["replaces"] == row["address"]
        if not row["is_removed"] and not went_with_file and row["address"] not in merged:
            merged[row["address"]] = _contact(client_id, row, language)
    return list(merged.values())


def _is_as_filed(row: RowMapping) -> bool:
    """Whether nothing but a removal was ever noted of a file's contact."""
    return (
        row["replaces"] == row["address"]
        and not row["name"]
        and not row["language"]
        and frozenset(row["kinds"]) == ALL_KINDS
    )


def _contact(client_id: str, row: RowMapping, language: str) -> Contact:
    return Contact(
        address=row["address"],
        name=row["name"],
        language=row["language"] or language,
        kinds=frozenset(row["kinds"]) & ALL_KINDS,
        origin="edited" if row["replaces"] else "hand",
        client_id=client_id,
        replaces=row["replaces"] if row["replaces"] != row["address"] else "",
    )


def _rows(
    store: Store, company_id: str, client_ids: Collection[str]
) -> dict[str, list[RowMapping]]:
    query = sa.select(contacts).where(contacts.c.company_id == company_id)
    if len(client_ids) <= MOST_NAMED:
        query = query.where(contacts.c.client_id.in_(list(client_ids)))
    found: dict[str, list[RowMapping]] = {}
    with store.read() as connection:
        for row in connection.execute(query.order_by(contacts.c.id)).mappings():
            found.setdefault(row["client_id"], []).append(row)
    return found


def _of(connection: Connection, company_id: str, client_id: str) -> Sequence[RowMapping]:
    query = sa.select(contacts).where(
        contacts.c.company_id == company_id, contacts.c.client_id == client_id
    )
    return connection.execute(query.order_by(contacts.c.id)).mappings().all()


def _mine(company_id: str, client_id: str, address: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        contacts.c.company_id == company_id,
        contacts.c.client_id == client_id,
        contacts.c.address == address,
    )


def _delete(company_id: str, client_id: str, address: str) -> sa.Delete:
    return sa.delete(contacts).where(*_mine(company_id, client_id, address))


def _trailed(row: RowMapping | Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("address", "name", "language", "kinds")}


def _split(given: Iterable[str] | str) -> list[str]:
    if isinstance(given, str):
        return addresses.split(given)
    return [part.strip() for part in given if part.strip()]
