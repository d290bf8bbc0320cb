"""Accounts whose figures another version of the program changed, and who has seen them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

MOMENT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "figure_changes",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("publication_id", ROW_ID, nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("before_id", sa.BigInteger, nullable=False),
        sa.Column("program", sa.String(64), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("days", sa.JSON, nullable=False),
        sa.Column("accounts", sa.Integer, nullable=False),
        sa.Column("has_new_rows", sa.Boolean, nullable=False),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("seen_at", MOMENT),
        sa.Column("seen_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_figure_changes"),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publications.id"],
            name="fk_figure_changes_publication_id",
        ),
        sa.UniqueConstraint(
            "publication_id", "company_id", name="uq_figure_changes_publication_id_company_id"
        ),
    )
    op.create_index(
        "ix_figure_changes_company_id_seen_at", "figure_changes", ["company_id", "seen_at"]
    )
    op.create_table(
        "changed_accounts",
        sa.Column("change_id", ROW_ID, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("figures", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("change_id", "position", name="pk_changed_accounts"),
        sa.ForeignKeyConstraint(
            ["change_id"], ["figure_changes.id"], name="fk_changed_accounts_change_id"
        ),
    )
