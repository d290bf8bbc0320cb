"""The store's tables about the lake: figures that a new version of the program changed, the lake's
files, what was loaded into it, and what people decided about rows that wait there.

Beside `schema.py`, whose metadata they belong to; changed by a migration only.
"""

from __future__ import annotations

import sqlalchemy as sa

from cartera.store.schema import ROW_ID, Moment, metadata

# What another version of the program makes of a company's figures, written together with the
# publication that shows them. Mail that goes by itself waits until somebody has seen it.
figure_changes = sa.Table(
    "figure_changes",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("publication_id", ROW_ID, sa.ForeignKey("publications.id"), nullable=False),
    sa.Column("company_id", sa.Text, nullable=False),
    # The publication before it, and the version that made this one.
    sa.Column("before_id", sa.BigInteger, nullable=False),
    sa.Column("program", sa.String(64), nullable=False),
    sa.Column("found_at", Moment, nullable=False),
    # The days compared (ISO), and how many accounts differ on any of them.
    sa.Column("days", sa.JSON, nullable=False),
    sa.Column("accounts", sa.Integer, nullable=False),
    # Rows came since the publication before: a difference may be theirs.
    sa.Column("has_new_rows", sa.Boolean, nullable=False),
    # Why the two could not be compared; empty: they were.
    sa.Column("trouble", sa.Text, nullable=False),
    sa.Column("seen_at", Moment),
    sa.Column("seen_by", sa.Text),
    sa.UniqueConstraint("publication_id", "company_id"),
    sa.Index(None, "company_id", "seen_at"),
)

changed_accounts = sa.Table(
    "changed_accounts",
    metadata,
    sa.Column("change_id", ROW_ID, sa.ForeignKey("figure_changes.id"), primary_key=True),
    # Today first, and the largest difference first.
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    # Name to before, after and difference, as text: total, overdue, unapplied, each range.
    sa.Column("figures", sa.JSON, nullable=False),
)

lake_files = sa.Table(
    "lake_files",
    metadata,
    # As the lake's catalog has it.
    sa.Column("path", sa.Text, primary_key=True),
    # Of the file as it was written; a damaged one has another.
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("noted_at", Moment, nullable=False),
)

loaded_files = sa.Table(
    "loaded_files",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    # Whose load it was; the file may have rows of others where `any_company`.
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("any_company", sa.Boolean, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("way", sa.String(16), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("mapping", sa.Text, nullable=False),
    sa.Column("mapping_sha256", sa.String(64), nullable=False),
    # Of the company then: what rows that do not say so were read with.
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("loaded_at", Moment, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("batch_id", sa.BigInteger),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("removed_at", Moment),
    sa.Index(None, "company_id", "id"),
    sa.Index(None, "state"),
    sqlite_autoincrement=True,
)

# What people decided about rows of files that waited for it; the pipeline carries it out in the
# lake, where those rows are. Kept for good: the same row may come again.
held_decisions = sa.Table(
    "held_decisions",
    metadata,
    sa.Column("id", ROW_ID, sa.Identity(), primary_key=True),
    sa.Column("company_id", sa.Text, nullable=False),
    # A hash of the row's key and values.
    sa.Column("held_id", sa.String(64), nullable=False),
    # take (the row comes in), keep (what is in the books stays)
    sa.Column("choice", sa.String(16), nullable=False),
    # How often it was decided, and which of these decisions the lake has.
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("carried", sa.Integer, nullable=False),
    sa.Column("decided_at", Moment, nullable=False),
    sa.Column("decided_by", sa.Text, nullable=False),
    sa.UniqueConstraint("company_id", "held_id"),
)
