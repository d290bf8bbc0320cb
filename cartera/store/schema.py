"""The store's tables. Changed by a migration only; a test compares both."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both sides; SQLite itself would drop the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: nobody can say which moment it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        """The stored moment, aware."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


#: BIGINT on PostgreSQL; SQLite numbers rows by itself only in a column called INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

publications = sa.Table(
    "publications",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("snapshot_id", sa.BigInteger, nullable=False),
    sa.Column("batch_seq", sa.BigInteger, nullable=False),
    sa.Column("published_at", Moment, nullable=False),
    sa.Column("full", sa.Boolean, nullable=False),
    # Hash of the dbt project that built it: other definitions need a rebuild.
    sa.Column("definitions", sa.String(64), nullable=False, server_default=""),
    sqlite_autoincrement=True,  # a number is never used twice, so "did it move?" is enough
)

links = sa.Table(
    "links",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("public_id", sa.String(32), nullable=False, unique=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("contact", sa.Text, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
    sa.Column("revoked_by", sa.Text),
    sa.Column("opens", sa.Integer, nullable=False),
    sa.Column("last_opened_at", Moment),
    sa.Index(None, "company_id", "client_id"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Index(None, "company_id", "at"),
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    # One name signs in to one company: logins and mail addresses are unique over all of them.
    sa.Column("login", sa.String(64), nullable=False, unique=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("email", sa.String(254), unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.String(32), nullable=False),
    # Without one a person can only enter through the company's own accounts (OpenID Connect).
    sa.Column("password_hash", sa.Text),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("disabled_at", Moment),
    sa.Column("last_sign_in_at", Moment),
    sa.Column("wants_daily_mail", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index(None, "company_id"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("public_id", sa.String(32), nullable=False, unique=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("user_id", ROW_ID, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("method", sa.String(16), nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("idle_minutes", sa.Integer, nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("ended_by", sa.Text),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Index(None, "user_id"),
    sa.Index(None, "expires_at"),
)

mailings = sa.Table(
    "mailings",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("public_id", sa.String(32), nullable=False, unique=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    # draft (nothing goes out yet), queued, discarded
    sa.Column("state", sa.String(16), nullable=False),
    # What its messages say, and which clients were chosen: see `cartera.mail`.
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("choice", sa.JSON, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("queued_at", Moment),
    sa.Index(None, "company_id", "id"),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    # Also names the message in its return path and in its unsubscribe address: 128 bits.
    sa.Column("public_id", sa.String(32), nullable=False, unique=True),
    sa.Column("company_id", sa.Text, nullable=False),
    # What, whom and which run: the same message cannot be queued twice.
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("mailing_id", ROW_ID, sa.ForeignKey("mailings.id")),
    sa.Column("reminder_id", ROW_ID, sa.ForeignKey("reminders.id")),
    # Empty: it goes to somebody who works here, about no client.
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("document_id", sa.Text),
    sa.Column("contact", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("domain", sa.Text, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("is_copy", sa.Boolean, nullable=False),
    sa.Column("is_periodic", sa.Boolean, nullable=False),
    # What it says, where that is not its mailing's.
    sa.Column("content", sa.JSON(none_as_null=True)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("not_before", Moment, nullable=False),
    # Since when its server has put it off, until it takes it or we give up.
    sa.Column("trying_since", Moment),
    sa.Column("claimed_by", sa.String(64)),
    sa.Column("claimed_until", Moment),
    # By what it was handed over last (smtp, folder), and under which Message-ID, always the same.
    sa.Column("transport", sa.String(16), nullable=False),
    sa.Column("rfc_message_id", sa.Text),
    sa.Column("link_id", sa.String(32)),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("as_of", sa.Date),
    sa.Column("publication_id", sa.BigInteger),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("sent_at", Moment),
    sa.UniqueConstraint("company_id", "key"),
    sa.Index(None, "state", "not_before"),
    sa.Index(None, "company_id", "state"),
    sa.Index(None, "company_id", "client_id"),
    sa.Index(None, "mailing_id", "state"),
    sa.Index(None, "mailing_id", "id"),
    sa.Index(None, "reminder_id"),
    sa.Index(None, "link_id"),
)

message_contents = sa.Table(
    "message_contents",
    metadata,
    sa.Column("message_id", ROW_ID, sa.ForeignKey("messages.id"), primary_key=True),
    # The message as it went, compressed, with the secret of its link blacked out.
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("kept_at", Moment, nullable=False),
    sa.Index(None, "kept_at"),
)

message_events = sa.Table(
    "message_events",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("message_id", ROW_ID, sa.ForeignKey("messages.id"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("what", sa.String(32), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Index(None, "message_id"),
)

# Addresses that get nothing any more: dead ones, and people who asked for it.
stopped_addresses = sa.Table(
    "stopped_addresses",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    # dead, unsubscribed
    sa.Column("cause", sa.String(16), nullable=False),
    # The kind of mail that is stopped; empty: every kind.
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("since", Moment, nullable=False),
    sa.Column("message_id", ROW_ID, sa.ForeignKey("messages.id")),
    sa.UniqueConstraint("company_id", "address", "cause", "kind"),
)

# When the next message may go to a receiving domain; all senders share it.
domain_pace = sa.Table(
    "domain_pace",
    metadata,
    sa.Column("domain", sa.String(255), primary_key=True),
    sa.Column("available_at", Moment, nullable=False),
)

# Contacts made or changed by hand. Those of files are not copied here: they are read from the
# client's record, and a row of the same address (or `replaces`) says what a person changed.
contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    # The address from the client's files that this row stands in for; empty: a contact of our own.
    sa.Column("replaces", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("kinds", sa.JSON, nullable=False),
    sa.Column("is_removed", sa.Boolean, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.UniqueConstraint("company_id", "client_id", "address"),
)

# Clients made by hand, and fields of clients from files that a person changed. The pipeline
# carries them into `raw`, so that the marts alone say what a client is called.
client_edits = sa.Table(
    "client_edits",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("is_new", sa.Boolean, nullable=False),
    # Field to value, only of what was changed.
    sa.Column("fields", sa.JSON, nullable=False),
    # How often it was changed, and which of these changes the lake has.
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("carried", sa.Integer, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.UniqueConstraint("company_id", "client_id"),
)

company_settings = sa.Table(
    "company_settings",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.UniqueConstraint("company_id", "name"),
)

company_files = sa.Table(
    "company_files",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("media_type", sa.String(64), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.UniqueConstraint("company_id", "name"),
)

# How far a job has worked through something that only grows, such as loaded batches.
progress = sa.Table(
    "progress",
    metadata,
    sa.Column("company_id", sa.Text, primary_key=True),
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
)

# One reminder to a client, about all its items that were due: at most one a day, ever.
reminders = sa.Table(
    "reminders",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("public_id", sa.String(32), nullable=False, unique=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    # The day in the company's time zone.
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("decided_at", Moment, nullable=False),
    # The highest of its items' rules, and the level whose words it uses.
    sa.Column("rule_id", sa.String(64), nullable=False),
    sa.Column("level", sa.String(16), nullable=False),
    # The figures that it was decided on.
    sa.Column("publication_id", sa.BigInteger),
    sa.UniqueConstraint("company_id", "client_id", "day"),
    sa.Index(None, "company_id", "day"),
)

reminder_items = sa.Table(
    "reminder_items",
    metadata,
    sa.Column("reminder_id", ROW_ID, sa.ForeignKey("reminders.id"), primary_key=True),
    sa.Column("document_id", sa.Text, primary_key=True),
    # 0: the document is not in instalments.
    sa.Column("instalment", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("rule_id", sa.String(64), nullable=False),
)

# Reminders that people hold back. Rows are lifted, never deleted.
pauses = sa.Table(
    "pauses",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("public_id", sa.String(32), nullable=False, unique=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    # Empty: all of the client's documents; all of its contacts.
    sa.Column("document_id", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    # The last day of the pause; null: until somebody lifts it.
    sa.Column("until", sa.Date),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("lifted_at", Moment),
    sa.Column("lifted_by", sa.Text),
    sa.Index(None, "company_id", "client_id"),
)

# Statements that go out by themselves. A deleted one stays for the sake of its runs.
schedules = sa.Table(
    "schedules",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("public_id", sa.String(32), nullable=False, unique=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("is_on", sa.Boolean, nullable=False),
    # When, whom, and what: see `cartera.schedules`.
    sa.Column("timing", sa.JSON, nullable=False),
    sa.Column("choice", sa.JSON, nullable=False),
    sa.Column("enclosures", sa.JSON, nullable=False),
    # By language; none: the company's own texts.
    sa.Column("texts", sa.JSON, nullable=False),
    # Its days count from here on: made, switched on, or its timing changed.
    sa.Column("since", Moment, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("deleted_at", Moment),
    sa.Index(None, "company_id"),
)

# What became of each of a schedule's days: one row for each, ever.
schedule_runs = sa.Table(
    "schedule_runs",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("schedule_id", ROW_ID, sa.ForeignKey("schedules.id"), nullable=False),
    # The day that the schedule names, before it moves to a working day.
    sa.Column("planned", sa.Date, nullable=False),
    # When it was due, and when it was seen to.
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("run_at", Moment, nullable=False),
    # queued, nobody (there was nobody to write to), missed (a later one was made up instead)
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("mailing_id", ROW_ID, sa.ForeignKey("mailings.id")),
    # Clients that nothing could be sent to, and why.
    sa.Column("problems", sa.JSON, nullable=False),
    sa.UniqueConstraint("schedule_id", "planned"),
    sa.Index(None, "mailing_id"),
)

# Clients that a person keeps out of a schedule.
schedule_holds = sa.Table(
    "schedule_holds",
    metadata,
    sa.Column("schedule_id", ROW_ID, sa.ForeignKey("schedules.id"), primary_key=True),
    sa.Column("client_id", sa.Text, primary_key=True),
    # The planned day (ISO) that alone goes without the client; empty: all of them.
    sa.Column("planned", sa.String(10), primary_key=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
)
