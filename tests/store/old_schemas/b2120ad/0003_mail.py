"""Mail: the outbox and what stands around it; what people change of clients and companies."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "mailings",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("choice", sa.JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("queued_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_mailings"),
        sa.UniqueConstraint("public_id", name="uq_mailings_public_id"),
    )
    op.create_index("ix_mailings_company_id_id", "mailings", ["company_id", "id"])
    op.create_table(
        "messages",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("mailing_id", ROW_ID),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("is_copy", sa.Boolean, nullable=False),
        sa.Column("is_periodic", sa.Boolean, nullable=False),
        sa.Column("content", sa.JSON),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("trying_since", MOMENT),
        sa.Column("claimed_by", sa.String(64)),
        sa.Column("claimed_until", MOMENT),
        sa.Column("transport", sa.String(16), nullable=False),
        sa.Column("rfc_message_id", sa.Text),
        sa.Column("link_id", sa.String(32)),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("as_of", sa.Date),
        sa.Column("publication_id", sa.BigInteger),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("public_id", name="uq_messages_public_id"),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailings.id"], name="fk_messages_mailing_id"),
        sa.UniqueConstraint("company_id", "key", name="uq_messages_company_id_key"),
    )
    op.create_index("ix_messages_state_not_before", "messages", ["state", "not_before"])
    op.create_index("ix_messages_company_id_state", "messages", ["company_id", "state"])
    op.create_index("ix_messages_company_id_client_id", "messages", ["company_id", "client_id"])
    op.create_index("ix_messages_mailing_id_state", "messages", ["mailing_id", "state"])
    op.create_index("ix_messages_link_id", "messages", ["link_id"])
    op.create_table(
        "message_contents",
        sa.Column("message_id", ROW_ID, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_message_contents"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_message_contents_message_id"
        ),
    )
    op.create_index("ix_message_contents_kept_at", "message_contents", ["kept_at"])
    op.create_table(
        "message_events",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("message_id", ROW_ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message_events"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_message_events_message_id"
        ),
    )
    op.create_index("ix_message_events_message_id", "message_events", ["message_id"])
    op.create_table(
        "stopped_addresses",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("message_id", ROW_ID),
        sa.PrimaryKeyConstraint("id", name="pk_stopped_addresses"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_stopped_addresses_message_id"
        ),
        sa.UniqueConstraint(
            "company_id",
            "address",
            "cause",
            "kind",
            name="uq_stopped_addresses_company_id_address_cause_kind",
        ),
    )
    op.create_table(
        "domain_pace",
        sa.Column("domain", sa.String(255), nullable=False),
        sa.Column("available_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("domain", name="pk_domain_pace"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("replaces", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("kinds", sa.JSON, nullable=False),
        sa.Column("is_removed", sa.Boolean, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.UniqueConstraint(
            "company_id", "client_id", "address", name="uq_contacts_company_id_client_id_address"
        ),
    )
    op.create_table(
        "client_edits",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("is_new", sa.Boolean, nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("carried", sa.Integer, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_client_edits"),
        sa.UniqueConstraint("company_id", "client_id", name="uq_client_edits_company_id_client_id"),
    )
    op.create_table(
        "company_settings",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_company_settings"),
        sa.UniqueConstraint("company_id", "name", name="uq_company_settings_company_id_name"),
    )
    op.create_table(
        "company_files",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_company_files"),
        sa.UniqueConstraint("company_id", "name", name="uq_company_files_company_id_name"),
    )
    op.create_table(
        "progress",
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("company_id", "name", name="pk_progress"),
    )
