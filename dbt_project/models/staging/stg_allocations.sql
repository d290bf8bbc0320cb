{{ config(keys=['company_id', 'allocation_id'], changed='changed_allocations') }}

with current_rows as (
    {{ current_version('allocations', ['company_id', 'allocation_id'], 'changed_allocations') }}
)

select
    company_id,
    allocation_id,
    case kind
        when 'credit' then 'document'
        when 'payment' then 'payment'
        when 'refund' then 'payment'
    end as source_kind,
    source_id,
    case when document_id is not null then 'document' else 'payment' end as target_kind,
    coalesce(document_id, target_payment_id) as target_id,
    kind,
    status,
    label,
    amount,
    source_amount,
    instalment,
    date as allocation_date,
    batch_id,
    version_at
from current_rows
