"""Publications, links and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Written out, not taken from cartera.store.schema: a migration must go on meaning what it meant.
MOMENT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "publications",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("snapshot_id", sa.BigInteger, nullable=False),
        sa.Column("batch_seq", sa.BigInteger, nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("full", sa.Boolean, nullable=False),
        sa.Column("definitions", sa.String(64), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_publications"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "links",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.Column("revoked_by", sa.Text),
        sa.Column("opens", sa.Integer, nullable=False),
        sa.Column("last_opened_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("public_id", name="uq_links_public_id"),
        sa.UniqueConstraint("token_hash", name="uq_links_token_hash"),
    )
    op.create_index("ix_links_company_id_client_id", "links", ["company_id", "client_id"])
    op.create_table(
        "audit",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_company_id_at", "audit", ["company_id", "at"])
