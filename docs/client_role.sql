-- What the client app's database user may do in the store (PostgreSQL), and nothing more:
--   psql "$STORE" -v role=cartera_client -f docs/client_role.sql
-- Give the client app's process CARTERA_STORE with this user. A test runs this very file.
GRANT SELECT ON links, publications, company_settings, company_files, alembic_version TO :role;
GRANT UPDATE (opens, last_opened_at) ON links TO :role;
-- Unsubscribing: which address a message went to, and that it gets no more of its kind.
GRANT SELECT (id, public_id, company_id, address, kind) ON messages TO :role;
GRANT SELECT, INSERT ON stopped_addresses TO :role;
GRANT SELECT (id), INSERT ON message_events TO :role;
GRANT SELECT (id), INSERT ON audit TO :role;
