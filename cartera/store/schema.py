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
