{{ config(keys=['company_id', 'document_id', 'instalment'], changed='changed_instalments') }}

with current_rows as (
    {{ current_version('instalments', ['company_id', 'document_id', 'instalment'], 'changed_instalments') }}
)

select
    company_id,
    document_id,
    instalment,
    -- Rows older than the column were all active.
    coalesce(status, 'active') as status,
    voided_on,
    amount,
    due_date,
    batch_id,
    version_at
from current_rows
