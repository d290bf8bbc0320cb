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
-- Paying: a payment is begun and its documents are taken; what the gateway says is noted, whose
-- money it is decides the pipeline. Events go in as they came, and never come out.
GRANT SELECT, INSERT ON online_payments TO :role;
GRANT UPDATE (state, url, gateway_id, said, said_amount, said_currency, refunded, method, reason, said_at, is_settled, ask_at, asks, ended_at, revision) ON online_payments TO :role;
GRANT SELECT, INSERT, DELETE ON online_claims TO :role;
GRANT SELECT (id, company_id, gateway, kind, reference, gateway_id, claims, received_at, state, differs, tries, handled_at) ON gateway_events TO :role;
GRANT SELECT (key), INSERT ON gateway_events TO :role;
GRANT SELECT (company_id, client_id, source, source_id, status, match, revision, carried, allocations) ON own_payments TO :role;
-- When a page was opened, and who asks for a new link.
GRANT SELECT (id), INSERT ON link_opens TO :role;
GRANT SELECT (id), INSERT ON access_requests TO :role;
