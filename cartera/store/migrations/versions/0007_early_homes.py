"""What databases lack that ran 0003 or 0004 before these were finished; others are left alone.

0003 was edited by three commits after databases had run its first text, and 0004 by one. A
database of those days went on to 0006 without what was added then.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

MOMENT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what is missing."""
    _messages()
    _client_edits()
    _progress()
    _schedules()


def _messages() -> None:
    if not _has_column("messages", "trying_since"):  # NULL: no server has put it off
        op.add_column("messages", sa.Column("trying_since", MOMENT))
    # Nobody wrote down what a message was handed over by: empty, as of one that never was.
    _add_filled("messages", sa.Column("transport", sa.String(16)), "")
    _add_index("ix_messages_company_id_state", "messages", ["company_id", "state"])
    _add_index("ix_messages_mailing_id_id", "messages", ["mailing_id", "id"])


def _client_edits() -> None:
    # Changed once, and the lake has not heard of it: the next refresh carries it there.
    _add_filled("client_edits", sa.Column("revision", sa.Integer), 1)
    _add_filled("client_edits", sa.Column("carried", sa.Integer), 0)


def _progress() -> None:
    if _has_table("progress"):
        return
    op.create_table(
        "progress",
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("company_id", "name", name="pk_progress"),
    )


def _schedules() -> None:
    if _has_table("schedules"):
        return
    op.create_table(
        "schedules",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_on", sa.Boolean, nullable=False),
        sa.Column("timing", sa.JSON, nullable=False),
        sa.Column("choice", sa.JSON, nullable=False),
        sa.Column("enclosures", sa.JSON, nullable=False),
        sa.Column("texts", sa.JSON, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
        sa.UniqueConstraint("public_id", name="uq_schedules_public_id"),
    )
    op.create_index("ix_schedules_company_id", "schedules", ["company_id"])
    op.create_table(
        "schedule_runs",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("schedule_id", ROW_ID, nullable=False),
        sa.Column("planned", sa.Date, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("run_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("mailing_id", ROW_ID),
        sa.Column("problems", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedule_runs"),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name="fk_schedule_runs_schedule_id"
        ),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailings.id"], name="fk_schedule_runs_mailing_id"
        ),
        sa.UniqueConstraint("schedule_id", "planned", name="uq_schedule_runs_schedule_id_planned"),
    )
    op.create_index("ix_schedule_runs_mailing_id", "schedule_runs", ["mailing_id"])
    op.create_table(
        "schedule_holds",
        sa.Column("schedule_id", ROW_ID, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("planned", sa.String(10), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("schedule_id", "client_id", "planned", name="pk_schedule_holds"),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name="fk_schedule_holds_schedule_id"
        ),
    )


def _add_filled(table: str, column: sa.Column, value: object) -> None:
    """A column that must be filled, and is with `value` in the rows that are there."""
    if _has_column(table, column.name):
        return
    op.add_column(table, column)
    op.execute(
        sa.table(table, sa.column(column.name, column.type)).update().values({column.name: value})
    )
    # SQLite cannot change a column: there Alembic copies the table, and its indexes with it.
    with op.batch_alter_table(table) as batch:
        batch.alter_column(column.name, existing_type=column.type, nullable=False)


def _add_index(name: str, table: str, columns: list[str]) -> None:
    if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns)


def _has_column(table: str, name: str) -> bool:
    return name in {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}


def _has_table(name: str) -> bool:
    return sa.inspect(op.get_bind()).has_table(name)
