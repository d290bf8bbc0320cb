{{ config(keys=['company_id', 'document_id'], changed='changed_documents') }}

{#- A draft counted for nothing: what is changed of it before it is issued is nothing odd. -#}
{%- set known_by = "case when status <> 'draft' then struct_pack(client_id, type, currency, issue_date) end" -%}

with current_rows as (
    {{ current_version('documents', ['company_id', 'document_id'], 'changed_documents', known_by) }}
)

select
    company_id,
    document_id,
    client_id,
    type,
    number,
    currency,
    status,
    reference,
    purchase_order,
    url,
    total,
    disputed as is_disputed,
    issue_date,
    due_date,
    voided_on,
    {{ key_changes({'client': 'client_id', 'type': 'type', 'currency': 'currency', 'day': 'issue_date'}) }}
        as key_changes,
    batch_id,
    version_at
from current_rows
