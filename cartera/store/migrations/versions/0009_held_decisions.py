"""What people decided about rows that waited for it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

MOMENT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "held_decisions",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("held_id", sa.String(64), nullable=False),
        sa.Column("choice", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("carried", sa.Integer, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_held_decisions"),
        sa.UniqueConstraint("company_id", "held_id", name="uq_held_decisions_company_id_held_id"),
    )
