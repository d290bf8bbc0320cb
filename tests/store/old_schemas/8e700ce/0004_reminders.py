"""Reminders and their pauses; who of the staff gets the daily mail."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

MOMENT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables and columns."""
    _reminders()


def _reminders() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("rule_id", sa.String(64), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("publication_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_reminders"),
        sa.UniqueConstraint("public_id", name="uq_reminders_public_id"),
        sa.UniqueConstraint(
            "company_id", "client_id", "day", name="uq_reminders_company_id_client_id_day"
        ),
    )
    op.create_index("ix_reminders_company_id_day", "reminders", ["company_id", "day"])
    op.create_table(
        "reminder_items",
        sa.Column("reminder_id", ROW_ID, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("instalment", sa.Integer, nullable=False),
        sa.Column("rule_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint(
            "reminder_id", "document_id", "instalment", name="pk_reminder_items"
        ),
        sa.ForeignKeyConstraint(
            ["reminder_id"], ["reminders.id"], name="fk_reminder_items_reminder_id"
        ),
    )
    _add_reference("messages", "reminder_id", "reminders")
    op.create_index("ix_messages_reminder_id", "messages", ["reminder_id"])
    op.create_table(
        "pauses",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("lifted_at", MOMENT),
        sa.Column("lifted_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_pauses"),
        sa.UniqueConstraint("public_id", name="uq_pauses_public_id"),
    )
    op.create_index("ix_pauses_company_id_client_id", "pauses", ["company_id", "client_id"])
    op.add_column(
        "users",
        sa.Column("wants_daily_mail", sa.Boolean, nullable=False, server_default=sa.false()),
    )


def _add_reference(table: str, column: str, to: str) -> None:
    """A nullable column that refers to another table's id.

    Written out for SQLite: there Alembic could only copy the whole table, and this one is large.
    """
    name = f"fk_{table}_{column}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {column} INTEGER "
            f"CONSTRAINT {name} REFERENCES {to} (id)"
        )
        return
    op.add_column(table, sa.Column(column, ROW_ID))
    op.create_foreign_key(name, table, to, [column], ["id"])
