"""What clients do on their pages: notices, requests for access, openings; own payments."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

MOMENT = sa.DateTime(timezone=True)
AMOUNT = sa.String(32)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _notices()
    _access()
    _own_payments()


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("link_id", sa.String(32), nullable=False),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", AMOUNT),
        sa.Column("day", sa.Date),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint(
            "company_id", "client_id", "key", name="uq_notices_company_id_client_id_key"
        ),
        sa.UniqueConstraint("public_id", name="uq_notices_public_id"),
    )
    op.create_index(
        "ix_notices_company_id_client_id_id", "notices", ["company_id", "client_id", "id"]
    )
    op.create_index("ix_notices_company_id_kind_state", "notices", ["company_id", "kind", "state"])

    op.create_table(
        "notice_documents",
        sa.Column("notice_id", ROW_ID, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("open", AMOUNT, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", "document_id", name="pk_notice_documents"),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name="fk_notice_documents_notice_id"
        ),
    )

    op.create_table(
        "notice_files",
        sa.Column("notice_id", ROW_ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name="pk_notice_files"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_notice_files_notice_id"),
    )

    op.create_table(
        "notice_answers",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("notice_id", ROW_ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("is_client", sa.Boolean, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notice_answers"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_notice_answers_notice_id"),
    )
    op.create_index("ix_notice_answers_notice_id", "notice_answers", ["notice_id"])


def _access() -> None:
    op.create_table(
        "client_rights",
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("rights", sa.JSON, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("company_id", "client_id", name="pk_client_rights"),
    )

    op.create_table(
        "access_requests",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("link_id", sa.String(32), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("network", sa.Text, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("answered_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_access_requests"),
        sa.UniqueConstraint("public_id", name="uq_access_requests_public_id"),
    )
    op.create_index(
        "ix_access_requests_company_id_address_asked_at",
        "access_requests",
        ["company_id", "address", "asked_at"],
    )
    op.create_index(
        "ix_access_requests_company_id_state", "access_requests", ["company_id", "state"]
    )

    op.create_table(
        "link_opens",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("link_id", sa.String(32), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_link_opens"),
    )
    op.create_index("ix_link_opens_link_id_opened_at", "link_opens", ["link_id", "opened_at"])
    op.create_index("ix_link_opens_opened_at", "link_opens", ["opened_at"])


def _own_payments() -> None:
    op.create_table(
        "own_payments",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("source_id", sa.String(64), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("allocations", sa.JSON, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("match", sa.String(16), nullable=False),
        sa.Column("matched_id", sa.Text, nullable=False),
        sa.Column("not_these", sa.JSON, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("carried", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_own_payments"),
        sa.UniqueConstraint(
            "company_id", "source", "source_id", name="uq_own_payments_company_id_source_source_id"
        ),
        sa.UniqueConstraint("public_id", name="uq_own_payments_public_id"),
    )
    op.create_index(
        "ix_own_payments_company_id_client_id", "own_payments", ["company_id", "client_id"]
    )
    op.create_index("ix_own_payments_company_id_match", "own_payments", ["company_id", "match"])
