"""Loads of files: which bytes were read by which mapping, when, for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

MOMENT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table; loads of before are not in it."""
    op.create_table(
        "loaded_files",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("any_company", sa.Boolean, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("mapping", sa.Text, nullable=False),
        sa.Column("mapping_sha256", sa.String(64), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("loaded_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("batch_id", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_loaded_files"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_loaded_files_company_id_id", "loaded_files", ["company_id", "id"])
    op.create_index("ix_loaded_files_state", "loaded_files", ["state"])
