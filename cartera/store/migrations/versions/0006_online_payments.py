"""Payments made on clients' pages: attempts, claims on documents, gateways' events."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

MOMENT = sa.DateTime(timezone=True)
AMOUNT = sa.String(32)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables; an own payment may have a second reference."""
    op.add_column(
        "own_payments", sa.Column("other_reference", sa.Text, nullable=False, server_default="")
    )
    op.create_table(
        "online_payments",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("link_id", sa.String(32), nullable=False),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("gateway", sa.String(32), nullable=False),
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("lines", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("gateway_id", sa.Text, nullable=False),
        sa.Column("said", sa.String(16), nullable=False),
        sa.Column("said_amount", AMOUNT),
        sa.Column("said_currency", sa.String(3), nullable=False),
        sa.Column("refunded", AMOUNT, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("said_at", MOMENT),
        sa.Column("is_settled", sa.Boolean, nullable=False),
        sa.Column("ask_at", MOMENT),
        sa.Column("asks", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("decided_by", sa.Text),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_online_payments"),
        sa.UniqueConstraint(
            "company_id", "client_id", "key", name="uq_online_payments_company_id_client_id_key"
        ),
        sa.UniqueConstraint("public_id", name="uq_online_payments_public_id"),
        sa.UniqueConstraint("reference", name="uq_online_payments_reference"),
    )
    op.create_index("ix_online_payments_ask_at", "online_payments", ["ask_at"])
    op.create_index(
        "ix_online_payments_company_id_client_id_id",
        "online_payments",
        ["company_id", "client_id", "id"],
    )
    op.create_index(
        "ix_online_payments_company_id_state", "online_payments", ["company_id", "state"]
    )
    op.create_index("ix_online_payments_is_settled", "online_payments", ["is_settled"])
    op.create_table(
        "online_claims",
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("payment_id", ROW_ID, nullable=False),
        sa.PrimaryKeyConstraint("company_id", "client_id", "document_id", name="pk_online_claims"),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["online_payments.id"], name="fk_online_claims_payment_id"
        ),
    )
    op.create_index("ix_online_claims_payment_id", "online_claims", ["payment_id"])
    op.create_table(
        "gateway_events",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("gateway", sa.String(32), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("gateway_id", sa.Text, nullable=False),
        sa.Column("claims", sa.JSON, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("differs", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("again_at", MOMENT),
        sa.Column("handled_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_events"),
        sa.UniqueConstraint(
            "company_id", "gateway", "key", name="uq_gateway_events_company_id_gateway_key"
        ),
    )
    op.create_index(
        "ix_gateway_events_company_id_reference", "gateway_events", ["company_id", "reference"]
    )
    op.create_index("ix_gateway_events_state", "gateway_events", ["state"])
