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
-- What a client writes, and what became of it. Proofs go in; only what they are called comes out.
GRANT SELECT, INSERT ON notices, notice_documents TO :role;
GRANT UPDATE (state, decided_at, decided_by) ON notices TO :role;
GRANT SELECT ON notice_answers, client_rights TO :role;
GRANT SELECT (notice_id, name, media_type, size), INSERT ON notice_files TO :role;
GRANT SELECT (company_id, source, source_id, status, match, revision, carried) ON own_payments TO :role;
-- When a page was opened, and who asks for a new link.
GRANT SELECT (id), INSERT ON link_opens TO :role;
GRANT SELECT (id), INSERT ON access_requests TO :role;
