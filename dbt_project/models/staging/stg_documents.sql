{{ config(keys=['company_id', 'document_id'], changed='changed_documents') }}

with current_rows as (
    {{ current_version('documents', ['company_id', 'document_id'], 'changed_documents') }}
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
    batch_id,
    version_at
from current_rows
