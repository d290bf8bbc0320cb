"""What happened with a client in the store, as one stream: mails, opens, notices and what became of
them, pauses, links asked for. The time line (`cartera.timeline`) puts it beside the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa

from cartera.store.db import Store
from cartera.store.notice_schema import (
    access_requests,
    link_opens,
    notice_answers,
    notices,
    own_payments,
)
from cartera.store.online_schema import online_payments
from cartera.store.schema import links, messages, pauses

#: mail: queued or sent. opened: the client's page. notice: the client wrote. decided, answered: by
#: staff (a client that takes its notice back decides, too). taken_back: a payment that had been
#: accepted. paused, lifted: reminders. access: somebody asked for a new link and got it. begun,
#: ended, went_back: a payment on the client's page; `state` is how it ended.
What = Literal[
    "mail", "opened", "notice", "decided", "answered", "taken_back", "paused", "lifted", "access",
    "begun", "ended", "went_back",
]  # fmt: skip
#: Mail that is not on its way: part of a mailing that nobody sent.
_NOT_YET = ("draft", "held")


@dataclass(frozen=True, slots=True)
class Event:
    """One of them. `kind` and `state` are the mail's, the notice's or the request's; `key` names
    it there. `who` is an address, a contact or a login, and `times` how often a page was opened.
    """

    at: datetime
    what: What
    key: str
    kind: str
    state: str
    who: str
    text: str
    amount: Decimal | None
    currency: str
    day: date | None
    times: int


def events(store: Store, company_id: str, client_id: str, *, limit: int) -> list[Event]:
    """The newest, newest first."""
    stream = sa.union_all(*_sources(company_id, client_id)).subquery()
    query = sa.select(stream).order_by(stream.c.at.desc(), stream.c.rank, stream.c.row_id.desc())
    with store.read() as connection:
        rows = connection.execute(query.limit(limit)).mappings().all()
    return [_event(row) for row in rows]


def count(store: Store, company_id: str, client_id: str) -> int:
    """How many there are."""
    stream = sa.union_all(*_sources(company_id, client_id)).subquery()
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(stream)).scalar_one()


def _event(row: sa.RowMapping) -> Event:
    amount = Decimal(row["amount"]) if row["amount"] else None
    names = ("at", "what", "key", "kind", "state", "who", "text", "currency", "day", "times")
    return Event(**{name: row[name] for name in names}, amount=amount)


def _sources(company_id: str, client_id: str) -> Iterator[sa.Select[Any]]:
    def mine(table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
        return table.c.company_id == company_id, table.c.client_id == client_id

    yield _row(
        "mail", messages.c.id, sa.func.coalesce(messages.c.sent_at, messages.c.created_at),
        key=messages.c.public_id, kind=messages.c.kind, state=messages.c.state,
        who=messages.c.address, text=messages.c.subject,
    ).where(
        *mine(messages), messages.c.kind != "notice", messages.c.state.not_in(_NOT_YET)
    )  # fmt: skip
    yield _row(
        "opened", link_opens.c.id, link_opens.c.opened_at,
        key=links.c.public_id, who=links.c.contact, times=link_opens.c.times,
    ).join_from(link_opens, links, links.c.public_id == link_opens.c.link_id).where(
        *mine(links)
    )  # fmt: skip
    yield _row(
        "notice", notices.c.id, notices.c.created_at,
        key=notices.c.public_id, kind=notices.c.kind, state=notices.c.state,
        who=notices.c.contact, text=notices.c.text, amount=notices.c.amount,
        currency=notices.c.currency, day=notices.c.day,
    ).where(*mine(notices))  # fmt: skip
    # The words that came with a decision stand in it, and not once more as an answer.
    with_it = sa.and_(
        notice_answers.c.notice_id == notices.c.id, notice_answers.c.at == notices.c.decided_at
    )
    said = sa.select(sa.func.max(notice_answers.c.text)).where(with_it).scalar_subquery()
    yield _row(
        "decided", notices.c.id, notices.c.decided_at,
        key=notices.c.public_id, kind=notices.c.kind, state=notices.c.state,
        who=notices.c.decided_by, text=sa.func.coalesce(said, ""),
    ).where(*mine(notices), notices.c.decided_at.is_not(None))  # fmt: skip
    yield _row(
        "answered", notice_answers.c.id, notice_answers.c.at,
        key=notices.c.public_id, kind=notices.c.kind, who=notice_answers.c.who,
        text=notice_answers.c.text,
    ).join_from(notice_answers, notices, notices.c.id == notice_answers.c.notice_id).where(
        *mine(notices),
        sa.or_(notices.c.decided_at.is_(None), notice_answers.c.at != notices.c.decided_at),
    )  # fmt: skip
    yield _row(
        "taken_back", own_payments.c.id, own_payments.c.changed_at,
        key=own_payments.c.source_id, amount=own_payments.c.amount,
        currency=own_payments.c.currency, day=own_payments.c.day,
    ).where(
        *mine(own_payments), own_payments.c.status == "void", own_payments.c.source == "report"
    )  # fmt: skip
    yield from _online(company_id, client_id)
    yield _row(
        "paused", pauses.c.id, pauses.c.created_at,
        key=pauses.c.public_id, state=pauses.c.document_id, who=pauses.c.created_by,
        text=pauses.c.reason, day=pauses.c.until,
    ).where(*mine(pauses))  # fmt: skip
    yield _row(
        "lifted", pauses.c.id, pauses.c.lifted_at,
        key=pauses.c.public_id, state=pauses.c.document_id, who=pauses.c.lifted_by,
    ).where(*mine(pauses), pauses.c.lifted_at.is_not(None))  # fmt: skip
    yield _row(
        "access", access_requests.c.id, access_requests.c.asked_at,
        key=access_requests.c.public_id, state=access_requests.c.state,
        who=access_requests.c.address,
    ).where(*mine(access_requests))  # fmt: skip


def _online(company_id: str, client_id: str) -> Iterator[sa.Select[Any]]:
    """Payments on the page: begun, ended, and gone back after they had counted."""
    table, own = online_payments.c, own_payments.c
    mine = (table.company_id == company_id, table.client_id == client_id)
    amount = {"amount": table.amount, "currency": table.currency}
    yield _row(
        "begun", table.id, table.created_at,
        key=table.public_id, kind=table.gateway, who=table.contact, **amount,
    ).where(*mine)  # fmt: skip
    counted = (own.source == "online") & (own.source_id == table.public_id)
    came_in = sa.exists().where(own.company_id == company_id, counted)
    # One that went back later had been approved then.
    ended = sa.case((came_in, "approved"), else_=table.state)
    yield _row(
        "ended", table.id, table.ended_at,
        key=table.public_id, kind=table.gateway, state=ended, **amount,
    ).where(*mine, table.ended_at.is_not(None))  # fmt: skip
    yield _row(
        "went_back", own.id, own.changed_at,
        key=own.source_id, amount=own.amount, currency=own.currency,
    ).where(
        own.company_id == company_id, own.client_id == client_id,
        own.source == "online", own.status == "void",
    )  # fmt: skip


#: The columns that every source has, in their order, empty where it says nothing.
_EMPTY: dict[str, Any] = {
    "key": "", "kind": "", "state": "", "who": "", "text": "", "amount": "", "currency": "",
}  # fmt: skip
#: At one moment: what somebody did stands above what it was done to.
_RANKS: tuple[What, ...] = (
    "opened", "mail", "went_back", "ended", "begun", "answered", "taken_back", "decided",
    "access", "lifted", "paused", "notice",
)  # fmt: skip


def _row(what: What, row_id: Any, at: Any, **found: Any) -> sa.Select[Any]:
    """A source's rows in the stream's columns."""
    if "amount" in found:  # as text: of what the store keeps, nothing is a number
        found["amount"] = sa.func.coalesce(sa.type_coerce(found["amount"], sa.String(32)), "")
    texts = [
        sa.func.coalesce(sa.cast(found.get(name, empty), sa.Text), empty).label(name)
        for name, empty in _EMPTY.items()
    ]
    return sa.select(
        sa.cast(row_id, sa.BigInteger).label("row_id"),
        sa.type_coerce(at, messages.c.created_at.type).label("at"),
        sa.literal(what).label("what"),
        sa.literal(_RANKS.index(what)).label("rank"),
        *texts,
        found.get("day", sa.cast(sa.null(), sa.Date)).label("day"),
        sa.cast(found.get("times", 0), sa.Integer).label("times"),
    )
