with waiting_items as (
    select
        company_id,
        case item_kind when 'document' then 'documents' else 'payments' end as table_name,
        item_id as record_id,
        'client_id' as waits_for,
        client_id as waits_for_id,
        'waiting_for_client' as reason
    from {{ ref('items') }}
    where is_waiting
),

waiting_allocations as (
    select
        company_id,
        'allocations' as table_name,
        allocation_id as record_id,
        case state
            when 'waiting_for_target' then
                case target_kind when 'document' then 'document_id' else 'target_payment_id' end
            when 'waiting_for_source' then 'source_id'
            when 'waiting_for_client' then 'client_id'
            else 'amount'
        end as waits_for,
        case state
            when 'waiting_for_target' then target_id
            when 'waiting_for_source' then source_id
        end as waits_for_id,
        state as reason
    from {{ ref('allocation_ends') }}
    where state in (
        'waiting_for_target', 'waiting_for_source', 'waiting_for_client', 'source_amount_missing',
        'too_many_decimals'
    )
),

waiting_instalments as (
    select
        instalments.company_id,
        'instalments' as table_name,
        concat(instalments.document_id, ' / ', instalments.instalment) as record_id,
        'document_id' as waits_for,
        instalments.document_id as waits_for_id,
        'waiting_for_target' as reason
    from {{ ref('stg_instalments') }} as instalments
    anti join {{ ref('stg_documents') }} as documents using (company_id, document_id)
),

quanta as (
    {{ quanta() }}
),

odd_instalments as (
    select
        instalments.company_id,
        'instalments' as table_name,
        concat(instalments.document_id, ' / ', instalments.instalment) as record_id,
        'amount' as waits_for,
        cast(null as varchar) as waits_for_id,
        'too_many_decimals' as reason
    from {{ ref('stg_instalments') }} as instalments
    inner join {{ ref('stg_documents') }} as documents using (company_id, document_id)
    inner join quanta using (currency)
    where (instalments.status = 'active' or instalments.voided_on is not null)
        and instalments.amount % quanta.quantum <> 0
)

from waiting_items
union all by name
from waiting_allocations
union all by name
from waiting_instalments
union all by name
from odd_instalments
