"""Notices: what clients told the company, who answered, and what was decided.

Accepting a payment is `cartera.store.own_payments`: it makes the payment in the same transaction.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.errors import CarteraError, NotFound, UsageError
from cartera.mail.refusal import Refusal
from cartera.notices.terms import (
    LONGEST_TEXT,
    VERDICTS,
    Answer,
    Kind,
    Notice,
    NoticeDocument,
    NoticeDraft,
    Proof,
    ProofInfo,
    State,
)
from cartera.people import Person
from cartera.render.text import visible
from cartera.store import audit
from cartera.store.db import Store
from cartera.store.links import CLIENT, Link
from cartera.store.notice_schema import notice_answers, notice_documents, notice_files, notices
from cartera.store.schema import audit as trail

#: Notices of one client in a day: more is no person.
MOST_A_DAY = 40
#: Clients asked about by one query.
CHUNK = 500
_DAY = timedelta(days=1)
#: What tells somebody of a notice, in the transaction that writes it down.
Tell = Callable[[Connection, Notice], None]


class AlreadyDecided(CarteraError):
    """Somebody else was quicker; `state` is what became of the notice."""

    def __init__(self, notice: Notice) -> None:
        super().__init__(f"this was decided already: {notice.state} by {notice.decided_by}")
        self.notice = notice


def add(store: Store, link: Link, draft: NoticeDraft, *, language: str, now: datetime) -> Notice:
    """Write down what the holder of a link says; the same form again gives the first notice.

    Staff are told by the pipeline (`cartera.notices.telling`): the client app writes to nobody.
    Raises `Refusal` where the client wrote too much in a day.
    """
    with store.write() as connection:
        if (old := _by_key(connection, link, draft.key)) is not None:
            return old
        asked = (notices.c.company_id == link.company_id, notices.c.client_id == link.client_id)
        recent = sa.select(sa.func.count()).where(*asked, notices.c.created_at > now - _DAY)
        if connection.execute(recent).scalar_one() >= MOST_A_DAY:
            raise Refusal("you wrote to us many times today; please write again tomorrow")
        public_id = secrets.token_hex(8)
        if not _insert(connection, store, link, public_id, draft, language, now):
            # The same form a moment ago, from another process.
            found = _by_key(connection, link, draft.key)
            if found is None:
                raise NotFound("notice", draft.key, link.company_id)
            return found
        details = {"kind": draft.kind, "client_id": link.client_id, "link": link.public_id}
        audit.add(connection, link.company_id, CLIENT, "notice.made", public_id, details, now)
        return get_in(connection, link.company_id, public_id)


def get(store: Store, company_id: str, public_id: str) -> Notice:
    """One notice. Raises `NotFound`."""
    with store.read() as connection:
        return get_in(connection, company_id, public_id)


def get_in(connection: Connection, company_id: str, public_id: str) -> Notice:
    """The same within the caller's transaction."""
    found = _one(connection, notices.c.company_id == company_id, notices.c.public_id == public_id)
    if found is None:
        raise NotFound("notice", public_id, company_id)
    return found


def by_key(store: Store, link: Link, key: str) -> Notice | None:
    """What this very form said before, if it was sent already."""
    with store.read() as connection:
        return _by_key(connection, link, key)


def proof(store: Store, company_id: str, public_id: str, *, by: Person) -> Proof:
    """A payment's proof, for staff. Raises `NotFound` where there is none."""
    by.must("read", company_id)
    query = (
        sa.select(notice_files)
        .join(notices, notices.c.id == notice_files.c.notice_id)
        .where(notices.c.company_id == company_id, notices.c.public_id == public_id)
    )
    with store.read() as connection:
        row = connection.execute(query).first()
    if row is None:
        raise NotFound("proof", public_id, company_id)
    return Proof(row.name, row.media_type, row.content)


def listed(
    store: Store,
    company_id: str,
    *,
    kinds: Collection[Kind] = (),
    states: Collection[State] = (),
    client_id: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Notice]:
    """A company's notices, the newest first; of some kinds, states, or one client."""
    query = sa.select(notices).where(*_which(company_id, kinds, states, client_id))
    query = query.order_by(notices.c.id.desc()).limit(limit).offset(offset)
    with store.read() as connection:
        return _whole(connection, connection.execute(query).mappings().all())


def after(store: Store, company_id: str, number: int, *, limit: int) -> list[Notice]:
    """Notices whose id is larger than a number, in the order in which they came."""
    query = sa.select(notices).where(notices.c.company_id == company_id, notices.c.id > number)
    with store.read() as connection:
        rows = connection.execute(query.order_by(notices.c.id).limit(limit)).mappings().all()
        return _whole(connection, rows)


def count(
    store: Store,
    company_id: str,
    *,
    kinds: Collection[Kind] = (),
    states: Collection[State] = (),
    client_id: str | None = None,
) -> int:
    """How many `listed` has without a limit."""
    which = _which(company_id, kinds, states, client_id)
    query = sa.select(sa.func.count()).select_from(notices).where(*which)
    with store.read() as connection:
        return connection.execute(query).scalar_one()


def open_counts(store: Store, company_id: str) -> dict[str, int]:
    """How many wait for somebody, by kind; cheap, every page of staff asks."""
    query = (
        sa.select(notices.c.kind, sa.func.count().label("many"))
        .where(notices.c.company_id == company_id, notices.c.state == "open")
        .group_by(notices.c.kind)
    )
    with store.read() as connection:
        return {row.kind: row.many for row in connection.execute(query)}


def changed(store: Store, company_id: str, client_id: str) -> str:
    """A short text that differs once anything of the client's notices does; cheap, ask often."""
    return changed_of(store, [(company_id, client_id)]).get((company_id, client_id), "")


def changed_of(store: Store, clients: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The same of many clients (company and client id) at once; those without notices have none."""
    found: dict[tuple[str, str], str] = {}
    wanted = sorted(set(clients))
    mine = (notices.c.company_id, notices.c.client_id)
    with store.read() as connection:
        for start in range(0, len(wanted), CHUNK):
            chunk = set(wanted[start : start + CHUNK])
            which = notices.c.client_id.in_(sorted({client_id for _, client_id in chunk}))
            made = sa.select(
                *mine, sa.func.count(), sa.func.max(notices.c.id),
                sa.func.max(notices.c.decided_at),
            ).where(which)  # fmt: skip
            answered = sa.select(*mine, sa.func.max(notice_answers.c.id)).join(
                notices, notices.c.id == notice_answers.c.notice_id
            )
            last = {
                (row[0], row[1]): row[2]
                for row in connection.execute(answered.where(which).group_by(*mine))
            }
            for row in connection.execute(made.group_by(*mine)):
                key = (row[0], row[1])
                if key in chunk:
                    found[key] = f"{row[2]}.{row[3]}.{row[4] or ''}.{last.get(key, 0)}"
    return found


def marker(store: Store) -> int:
    """A number that grows whenever something of a notice changes, and at other times; one look by
    a key, so ask all the time.
    """
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.max(trail.c.id))).scalar() or 0


def decide(
    store: Store,
    company_id: str,
    public_id: str,
    state: State,
    *,
    text: str = "",
    by: Person,
    now: datetime,
    tell: Tell | None = None,
) -> Notice:
    """Decide an open notice, with words to the client. Raises `AlreadyDecided` for any other.

    A payment is accepted by `own_payments.accept`, not here. `tell` is called in the transaction:
    people decide with `cartera.notices.decisions`, which mails the client.
    """
    by.must("clients", company_id)
    with store.write() as connection:
        notice = get_in(connection, company_id, public_id)
        if notice.kind == "payment" and state == "accepted":
            raise UsageError("a reported payment is accepted together with what it pays")
        made = decide_in(connection, notice, state, text=text, by=by, now=now)
        if tell is not None:
            tell(connection, made)
        return made


def decide_in(
    connection: Connection, notice: Notice, state: State, *, text: str, by: Person, now: datetime
) -> Notice:
    """The same within the transaction of whoever does more at once, and has asked."""
    if state not in VERDICTS[notice.kind]:
        raise UsageError(f"a {notice.kind} cannot be {state}")
    if state == "rejected" and not text.strip():
        raise Refusal("say why, so that the client understands it")
    taken = connection.execute(
        sa.update(notices)
        .where(notices.c.id == notice.id, notices.c.state == "open")
        .values(state=state, decided_at=now, decided_by=by.login)
    ).rowcount
    if not taken:
        found = _one(connection, notices.c.id == notice.id)
        raise AlreadyDecided(found or notice)
    if text.strip():
        _answer(connection, notice.id, text, by.login, now, is_client=False)
    details = {"kind": notice.kind, "client_id": notice.client_id, "state": state}
    action = f"notice.{state}"
    audit.add(connection, notice.company_id, by.login, action, notice.public_id, details, now)
    return get_in(connection, notice.company_id, notice.public_id)


def answer(
    store: Store,
    company_id: str,
    public_id: str,
    text: str,
    *,
    by: Person,
    now: datetime,
    tell: Tell | None = None,
) -> Notice:
    """Say something to the client about a notice, whatever its state; it stays as it is."""
    by.must("clients", company_id)
    with store.write() as connection:
        notice = get_in(connection, company_id, public_id)
        _answer(connection, notice.id, text, by.login, now, is_client=False)
        details = {"kind": notice.kind, "client_id": notice.client_id}
        audit.add(connection, company_id, by.login, "notice.answered", public_id, details, now)
        made = get_in(connection, company_id, public_id)
        if tell is not None:
            tell(connection, made)
        return made


def withdraw(store: Store, link: Link, public_id: str, *, now: datetime) -> Notice:
    """The client takes an open notice back. Raises `NotFound` for another client's."""
    with store.write() as connection:
        notice = _one(
            connection,
            notices.c.company_id == link.company_id,
            notices.c.client_id == link.client_id,
            notices.c.public_id == public_id,
        )
        if notice is None:
            raise NotFound("notice", public_id, link.company_id)
        taken = connection.execute(
            sa.update(notices)
            .where(notices.c.id == notice.id, notices.c.state == "open")
            .values(state="withdrawn", decided_at=now, decided_by=CLIENT)
        ).rowcount
        if taken:
            details = {"kind": notice.kind, "client_id": link.client_id, "link": link.public_id}
            audit.add(
                connection, link.company_id, CLIENT, "notice.withdrawn", public_id, details, now
            )
        return get_in(connection, link.company_id, public_id)


def _answer(
    connection: Connection, notice_id: int, text: str, who: str, now: datetime, *, is_client: bool
) -> None:
    said = visible(text).strip()
    if not said:
        raise Refusal("write something first")
    if len(said) > LONGEST_TEXT:
        raise Refusal("at most {most} characters fit", most=f"{LONGEST_TEXT:,}")
    values = {
        "notice_id": notice_id, "at": now, "who": who, "is_client": is_client, "text": said,
    }  # fmt: skip
    connection.execute(sa.insert(notice_answers), values)


def _insert(
    connection: Connection,
    store: Store,
    link: Link,
    public_id: str,
    draft: NoticeDraft,
    language: str,
    now: datetime,
) -> bool:
    """Whether it is a new one: its key may be there already."""
    values: dict[str, Any] = {
        "public_id": public_id,
        "company_id": link.company_id,
        "client_id": link.client_id,
        "key": draft.key,
        "kind": draft.kind,
        "state": "open",
        "link_id": link.public_id,
        "contact": link.contact,
        "language": language,
        "text": draft.text,
        "reason": draft.reason,
        "currency": draft.currency,
        "amount": draft.amount,
        "day": draft.day,
        "method": draft.method,
        "reference": draft.reference,
        "created_at": now,
    }
    insert = store.insert_missing(notices, "company_id", "client_id", "key")
    notice_id: int | None = connection.execute(insert.returning(notices.c.id), values).scalar()
    if notice_id is None:
        return False
    if draft.documents:
        rows = [
            {"notice_id": notice_id, "document_id": d.document_id, "number": d.number,
             "open": d.open}
            for d in {d.document_id: d for d in draft.documents}.values()
        ]  # fmt: skip
        connection.execute(sa.insert(notice_documents), rows)
    if draft.proof is not None:
        connection.execute(
            sa.insert(notice_files),
            {
                "notice_id": notice_id,
                "name": draft.proof.name,
                "media_type": draft.proof.media_type,
                "size": len(draft.proof.content),
                "sha256": hashlib.sha256(draft.proof.content).hexdigest(),
                "content": draft.proof.content,
            },
        )
    return True


def _which(
    company_id: str,
    kinds: Collection[Kind],
    states: Collection[State],
    client_id: str | None,
) -> list[sa.ColumnElement[bool]]:
    which = [notices.c.company_id == company_id]
    if kinds:
        which.append(notices.c.kind.in_(list(kinds)))
    if states:
        which.append(notices.c.state.in_(list(states)))
    if client_id is not None:
        which.append(notices.c.client_id == client_id)
    return which


def _by_key(connection: Connection, link: Link, key: str) -> Notice | None:
    return _one(
        connection,
        notices.c.company_id == link.company_id,
        notices.c.client_id == link.client_id,
        notices.c.key == key,
    )


def _one(connection: Connection, *where: sa.ColumnElement[bool]) -> Notice | None:
    rows = connection.execute(sa.select(notices).where(*where).limit(1)).mappings().all()
    return next(iter(_whole(connection, rows)), None)


def _whole(connection: Connection, rows: Sequence[sa.RowMapping]) -> list[Notice]:
    """Notices with their documents, answers, and what is known of their proofs."""
    ids = [row["id"] for row in rows]
    if not ids:
        return []
    documents: dict[int, list[NoticeDocument]] = {}
    table = notice_documents
    for row in connection.execute(sa.select(table).where(table.c.notice_id.in_(ids))):
        found = NoticeDocument(row.document_id, row.number, Decimal(row.open))
        documents.setdefault(row.notice_id, []).append(found)
    answers: dict[int, list[Answer]] = {}
    query = sa.select(notice_answers).where(notice_answers.c.notice_id.in_(ids))
    for row in connection.execute(query.order_by(notice_answers.c.id)):
        said = Answer(row.at, row.who, row.is_client, row.text)
        answers.setdefault(row.notice_id, []).append(said)
    files = sa.select(
        notice_files.c.notice_id, notice_files.c.name, notice_files.c.media_type,
        notice_files.c.size,
    ).where(notice_files.c.notice_id.in_(ids))  # fmt: skip
    proofs = {
        row.notice_id: ProofInfo(row.name, row.media_type, row.size)
        for row in connection.execute(files)
    }
    return [
        Notice(
            **{name: value for name, value in row.items() if name != "key"},
            documents=tuple(sorted(documents.get(row["id"], ()), key=lambda d: d.number)),
            answers=tuple(answers.get(row["id"], ())),
            proof=proofs.get(row["id"]),
        )
        for row in rows
    ]
