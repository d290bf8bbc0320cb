"""Mails about notices: to staff when a client writes, to the client when staff decide or answer.

Each is queued in the transaction of the act that it tells of: there is never one without the
other, and whoever does the act twice writes once.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from cartera.config import Company, Settings
from cartera.mail import addresses
from cartera.mail.outgoing import Content, Draft
from cartera.notices import letter_words
from cartera.notices.terms import Notice
from cartera.people import Person, pipeline
from cartera.render.words import Words
from cartera.store import outbox, users
from cartera.store.db import Store

#: Where staff find it.
PAGE = "/avisos"


def page_of(settings: Settings, notice: Notice) -> str:
    """Address of a notice on the staff's page."""
    return f"{settings.staff_url.rstrip('/')}{PAGE}?kind={notice.kind}&notice={notice.public_id}"


def told_staff(
    connection: Connection,
    store: Store,
    settings: Settings,
    company: Company,
    notice: Notice,
    now: datetime,
    *,
    client: str = "",
) -> None:
    """Tell the company's administrators what a client wrote; `client` is its name."""
    words = Words(company.language, company.country)
    content = letter_words.to_staff(
        notice, client or notice.client_id, words,
        url=page_of(settings, notice), written=_moment(notice, company, words),
    )  # fmt: skip
    to_administrators(connection, store, company, f"made:{notice.public_id}", content, now)


def to_administrators(
    connection: Connection,
    store: Store,
    company: Company,
    what: str,
    content: Content,
    now: datetime,
) -> None:
    """Queue a mail to each of the company's administrators who has an address; `what` is its
    subject in the outbox's keys: of each, nobody gets a second one.
    """
    drafts = [
        Draft(
            key=f"notice:{what}:{user.login}",
            kind="notice",
            client_id="",
            address=user.email or "",
            contact=user.name,
            language=company.language,
            content=content,
        )
        for user in users.administrators_with_mail(connection, company.id)
    ]
    outbox.add_drafts(connection, store, company.id, drafts, by=pipeline(company.id), now=now)


def decided(
    connection: Connection,
    store: Store,
    company: Company,
    notice: Notice,
    *,
    by: Person,
    now: datetime,
    text: str = "",
    amount: Decimal | None = None,
) -> None:
    """Tell the client what became of their notice; `amount` is what was accepted of a payment.

    A promise or comment that is closed without a word is put away, and nobody is written to.
    """
    if notice.kind in ("promise", "comment") and not text.strip():
        return
    words = Words(notice.language, company.country)
    content = letter_words.decided(
        notice, company.name, words,
        written=_moment(notice, company, words), text=text, amount=amount,
    )  # fmt: skip
    _queue(connection, store, company, notice, f"{notice.state}", content, by, now)


def answered(
    connection: Connection,
    store: Store,
    company: Company,
    notice: Notice,
    *,
    by: Person,
    now: datetime,
    text: str,
) -> None:
    """Tell the client what staff say; `notice` has the answer already."""
    words = Words(notice.language, company.country)
    written = _moment(notice, company, words)
    content = letter_words.answered(notice, company.name, words, written=written, text=text)
    _queue(connection, store, company, notice, f"said:{len(notice.answers)}", content, by, now)


def taken_back(
    connection: Connection,
    store: Store,
    company: Company,
    notice: Notice,
    *,
    by: Person,
    now: datetime,
    amount: Decimal,
) -> None:
    """Tell the client that a payment which had been accepted counts no more."""
    words = Words(notice.language, company.country)
    written = _moment(notice, company, words)
    content = letter_words.taken_back(notice, company.name, words, written=written, amount=amount)
    _queue(connection, store, company, notice, "back", content, by, now)


def address_of(notice: Notice) -> str:
    """Where the client is written to: whom the link was made for; empty where that is no address.

    A link that staff made by hand has whatever they noted.
    """
    return addresses.known(notice.contact)


def _queue(
    connection: Connection,
    store: Store,
    company: Company,
    notice: Notice,
    what: str,
    content: Content,
    by: Person,
    now: datetime,
) -> None:
    address = address_of(notice)
    if not address:
        return
    draft = Draft(
        key=f"answer:{notice.public_id}:{what}",
        kind="answer",
        client_id=notice.client_id,
        address=address,
        language=notice.language,
        content=content,
    )
    outbox.add_drafts(connection, store, company.id, [draft], by=by, now=now)


def _moment(notice: Notice, company: Company, words: Words) -> str:
    local = notice.created_at.astimezone(ZoneInfo(company.timezone))
    return f"{words.day(local.date())} {local:%H:%M}"
