"""The store's tables of payments made on clients' pages, and of what gateways say of them.

Beside `schema.py`, whose metadata they belong to; changed by a migration only.
"""

from __future__ import annotations

import sqlalchemy as sa

from cartera.store.notice_schema import Amount
from cartera.store.schema import ROW_ID, Moment, metadata

# One row for each time that a client set out to pay. What is ours (whom, what for, how much) never
# changes; `said_*` is what the gateway answered last; `state` is what we make of it.
online_payments = sa.Table(
    "online_payments",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("public_id", sa.String(32), nullable=False, unique=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    # Made by the form: the same form sent twice is one payment.
    sa.Column("key", sa.String(64), nullable=False),
    # Through which link, and whom that was made for.
    sa.Column("link_id", sa.String(32), nullable=False),
    sa.Column("contact", sa.Text, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("gateway", sa.String(32), nullable=False),
    # What we call it at the gateway: one for each attempt, ever.
    sa.Column("reference", sa.String(32), nullable=False, unique=True),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("amount", Amount, nullable=False),
    # [{"document_id", "number", "amount"}], in the order in which they are paid; "netted" where
    # money in favour is used: [{"kind", "id", "number", "taken_from", "amount"}]
    sa.Column("lines", sa.JSON, nullable=False),
    # See `cartera.online.terms.State`.
    sa.Column("state", sa.String(16), nullable=False),
    # Where it is paid, and what the gateway calls it; empty until it said so.
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("gateway_id", sa.Text, nullable=False),
    # The gateway's last answer (`cartera.gateways.base.Found`); empty: it knew nothing of it.
    sa.Column("said", sa.String(16), nullable=False),
    sa.Column("said_amount", Amount),
    sa.Column("said_currency", sa.String(3), nullable=False),
    sa.Column("refunded", Amount, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("said_at", Moment),
    # Whether the ledger's own payment is what the last answer asks for.
    sa.Column("is_settled", sa.Boolean, nullable=False),
    # When the gateway is asked again by itself; none: never.
    sa.Column("ask_at", Moment),
    sa.Column("asks", sa.Integer, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("decided_by", sa.Text),
    # Counts what was written to it, so that an older answer never overwrites a newer one.
    sa.Column("revision", sa.Integer, nullable=False),
    sa.UniqueConstraint("company_id", "client_id", "key"),
    sa.Index(None, "company_id", "client_id", "id"),
    sa.Index(None, "company_id", "state"),
    sa.Index(None, "ask_at"),
    sa.Index(None, "is_settled"),
)

# Documents that are being paid: the key sees to it that a document is paid once at a time.
online_claims = sa.Table(
    "online_claims",
    metadata,
    sa.Column("company_id", sa.Text, primary_key=True),
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("document_id", sa.Text, primary_key=True),
    sa.Column("payment_id", ROW_ID, sa.ForeignKey("online_payments.id"), nullable=False),
    sa.Index(None, "payment_id"),
)

# What gateways sent, as it came, once its signature was found good.
gateway_events = sa.Table(
    "gateway_events",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("gateway", sa.String(32), nullable=False),
    # The same event delivered again is the same row.
    sa.Column("key", sa.String(80), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("gateway_id", sa.Text, nullable=False),
    # What it claims: {"stand", "amount", "currency"}, to be compared with what the gateway answers.
    sa.Column("claims", sa.JSON, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    # new, done (the gateway was asked), foreign (of no payment of ours), other (of no interest)
    sa.Column("state", sa.String(16), nullable=False),
    # Where the gateway's answer is not what the event claims, in what.
    sa.Column("differs", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("again_at", Moment),
    sa.Column("handled_at", Moment),
    sa.UniqueConstraint("company_id", "gateway", "key"),
    sa.Index(None, "state"),
    sa.Index(None, "company_id", "reference"),
)
