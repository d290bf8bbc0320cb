"""The store's tables of what clients do on their pages, and of the payments that come of it.

Beside `schema.py`, whose metadata they belong to; changed by a migration only.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from cartera.store.schema import ROW_ID, Moment, metadata


class Amount(TypeDecorator[Decimal]):
    """An exact amount. As text: SQLite would make a binary fraction of it."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> str | None:
        """Plain digits, never an exponent."""
        return None if value is None else f"{value:f}"

    def process_result_value(self, value: Any, _dialect: Dialect) -> Decimal | None:
        """The same digits."""
        return None if value is None else Decimal(value)


# What a client tells the company: a payment, a promise, a dispute, a comment. See
# `cartera.notices.terms` for kinds and states.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("public_id", sa.String(32), nullable=False, unique=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    # Made by the form: the same form sent twice is one notice.
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    # Through which link, and whom that was made for.
    sa.Column("link_id", sa.String(32), nullable=False),
    sa.Column("contact", sa.Text, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    # A dispute's, as a code.
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("amount", Amount),
    # On which the payment was made, or is promised.
    sa.Column("day", sa.Date),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("decided_at", Moment),
    sa.Column("decided_by", sa.Text),
    sa.UniqueConstraint("company_id", "client_id", "key"),
    sa.Index(None, "company_id", "kind", "state"),
    sa.Index(None, "company_id", "client_id", "id"),
)

notice_documents = sa.Table(
    "notice_documents",
    metadata,
    sa.Column("notice_id", ROW_ID, sa.ForeignKey("notices.id"), primary_key=True),
    sa.Column("document_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    # What was open of it when the client wrote.
    sa.Column("open", Amount, nullable=False),
)

# A payment's proof. In the store, out of reach of every web server.
notice_files = sa.Table(
    "notice_files",
    metadata,
    sa.Column("notice_id", ROW_ID, sa.ForeignKey("notices.id"), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("media_type", sa.String(64), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

notice_answers = sa.Table(
    "notice_answers",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("notice_id", ROW_ID, sa.ForeignKey("notices.id"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("is_client", sa.Boolean, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index(None, "notice_id"),
)

# What a single client may do on its page, where that is not what the company's clients may.
client_rights = sa.Table(
    "client_rights",
    metadata,
    sa.Column("company_id", sa.Text, primary_key=True),
    sa.Column("client_id", sa.Text, primary_key=True),
    # Right to yes or no, only of what differs.
    sa.Column("rights", sa.JSON, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
)

# Somebody asks for a new link. Answered later, by a job: whoever asks learns nothing from how
# long that takes.
access_requests = sa.Table(
    "access_requests",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("public_id", sa.String(32), nullable=False, unique=True),
    sa.Column("company_id", sa.Text, nullable=False),
    # The link that no longer opens; empty where it was none of ours.
    sa.Column("link_id", sa.String(32), nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("network", sa.Text, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    # new, mailed, unknown (nobody of the company's), limited, seen (unknown, and staff saw to it)
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("asked_at", Moment, nullable=False),
    sa.Column("answered_at", Moment),
    sa.Column("answered_by", sa.Text),
    sa.Index(None, "company_id", "state"),
    sa.Index(None, "company_id", "address", "asked_at"),
)

# When pages were opened, for the client's time line; `links.opens` counts the same.
link_opens = sa.Table(
    "link_opens",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("link_id", sa.String(32), nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Index(None, "link_id", "opened_at"),
    sa.Index(None, "opened_at"),
)

# Payments that came in through Cartera: reported by the client and accepted, or made online. The
# pipeline carries them into `raw`, and takes them out once the accounting system has them.
own_payments = sa.Table(
    "own_payments",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("public_id", sa.String(32), nullable=False, unique=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    # report, and the notice's public id: one payment of each, ever.
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("source_id", sa.String(64), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("amount", Amount, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    # [{"document_id", "amount", "given"}]: what is of it for the document, and was before any of it
    # went back. What is left over is money in favour. Those with a "source" are no part of it, but
    # money that was in favour: {"kind", "id", "number", "taken_from"}.
    sa.Column("allocations", sa.JSON, nullable=False),
    # received; void: taken back by a person, or reversed
    sa.Column("status", sa.String(16), nullable=False),
    # ours: it counts; doubt: the accounting system may have it, a person decides, and it does not
    # count meanwhile; replaced: the accounting system has it
    sa.Column("match", sa.String(16), nullable=False),
    # The accounting system's payment that replaces it, or may.
    sa.Column("matched_id", sa.Text, nullable=False),
    # Its payments that a person said are other ones.
    sa.Column("not_these", sa.JSON, nullable=False),
    # How often it changed, and which of these changes the lake has.
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("carried", sa.Integer, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    # What the gateway calls a payment made online: the accounting system may have either.
    sa.Column("other_reference", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("company_id", "source", "source_id"),
    sa.Index(None, "company_id", "client_id"),
    sa.Index(None, "company_id", "match"),
)
