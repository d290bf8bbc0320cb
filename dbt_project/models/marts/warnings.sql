with posted as (
    select * from {{ ref('allocation_ends') }} where state = 'posted'
),

over_allocated as (
    select company_id, client_id, 'over_allocated' as warning, item_kind, item_id, number,
        open_amount as amount
    from {{ ref('open_items') }}
    where is_last_period
        and ((is_receivable and open_amount < 0)
            or (item_type in ('payment', 'credit_note') and open_amount > 0))
),

paid_before_issue as (
    select company_id, client_id, 'applied_before_issue' as warning, target_kind as item_kind,
        target_id as item_id, target_number as number, amount
    from posted
    where stated_date < target_date or source_date < target_date and kind = 'payment'
),

-- More was taken back than the same source (or, without one, the same kind) ever applied.
taken_back as (
    select company_id, client_id, 'more_taken_back_than_applied' as warning,
        target_kind as item_kind, target_id as item_id, target_number as number,
        cast(sum(amount) as decimal(18, 4)) as amount
    from posted
    where kind <> 'exchange'
    group by company_id, client_id, target_kind, target_id, target_number, source_kind, source_id,
        if(source_id is null, kind, '')
    having sum(amount) < 0
),

other_client as (
    select company_id, client_id, 'other_client_pays' as warning, target_kind as item_kind,
        target_id as item_id, target_number as number, amount
    from posted
    where is_cross_client
),

source_kind_differs as (
    select allocations.company_id, allocations.client_id, 'source_is_not_a_credit' as warning,
        allocations.target_kind as item_kind, allocations.target_id as item_id,
        allocations.target_number as number, allocations.amount
    from posted as allocations
    inner join {{ ref('items') }} as sources
        on sources.company_id = allocations.company_id
        and sources.item_kind = allocations.source_kind
        and sources.item_id = allocations.source_id
    where case allocations.kind
            when 'credit' then sources.item_type <> 'credit_note'
            when 'payment' then sources.item_type <> 'payment'
            when 'refund' then sources.item_type <> 'refund'
            else false
        end
),

due_before_issue as (
    select company_id, client_id, 'due_before_issue' as warning, item_kind, item_id, number,
        signed_amount as amount
    from {{ ref('items') }}
    where counts and due_date < issue_date
),

quanta as (
    {{ quanta() }}
),

plans as (
    select instalments.company_id, instalments.document_id, sum(instalments.amount) as amount
    from {{ ref('stg_instalments') }} as instalments
    inner join {{ ref('stg_documents') }} as documents using (company_id, document_id)
    left join quanta using (currency)
    where instalments.status = 'active' and coalesce(instalments.amount % quanta.quantum = 0, true)
    group by all
),

instalments_differ as (
    select items.company_id, items.client_id, 'instalments_do_not_add_up' as warning,
        items.item_kind, items.item_id, items.number,
        cast(plans.amount - items.amount as decimal(18, 4)) as amount
    from {{ ref('items') }} as items
    inner join plans
        on plans.company_id = items.company_id and plans.document_id = items.item_id
    where items.item_kind = 'document' and items.counts and plans.amount <> items.amount
),

-- Numbers that restart, or a row that was corrected: nobody but the company can say which.
changed_keys as (
    select company_id, client_id, 'document' as item_kind, document_id as item_id, number,
        total as amount, key_changes
    from {{ ref('stg_documents') }}
    where key_changes is not null
    union all by name
    select company_id, client_id, 'payment' as item_kind, payment_id as item_id,
        coalesce(reference, payment_id) as number, amount, key_changes
    from {{ ref('stg_payments') }}
    where key_changes is not null
),

key_changed as (
    select company_id, client_id,
        'key_with_other_' || unnest(string_split(key_changes, ';')) as warning,
        item_kind, item_id, number, amount
    from changed_keys
),

-- Ids that were changed by a migration: one invoice, owed twice.
twins as (
    select company_id, client_id, number, amount, list(item_id) as item_ids
    from {{ ref('items') }}
    where item_kind = 'document' and counts and voided_on is null
    group by company_id, client_id, item_type, currency, number, amount
    having count(*) > 1
),

two_keys as (
    select company_id, client_id, 'same_under_two_keys' as warning, 'document' as item_kind,
        unnest(item_ids) as item_id, number, amount
    from twins
),

current_rows as (
    select 'clients' as table_name, company_id, client_id as record_id, client_id,
        'client' as item_kind, name as number, batch_id
    from {{ ref('stg_clients') }}
    union all by name
    select 'documents' as table_name, company_id, document_id as record_id, client_id,
        'document' as item_kind, number, total as amount, batch_id
    from {{ ref('stg_documents') }}
    union all by name
    select 'instalments' as table_name, instalments.company_id,
        instalments.document_id as record_id, instalments.instalment, documents.client_id,
        'document' as item_kind, documents.number, instalments.amount, instalments.batch_id
    from {{ ref('stg_instalments') }} as instalments
    left join {{ ref('stg_documents') }} as documents using (company_id, document_id)
    union all by name
    select 'payments' as table_name, company_id, payment_id as record_id, client_id,
        'payment' as item_kind, coalesce(reference, payment_id) as number, amount, batch_id
    from {{ ref('stg_payments') }}
    union all by name
    select 'allocations' as table_name, allocations.company_id,
        allocations.allocation_id as record_id, ends.client_id, 'allocation' as item_kind,
        ends.target_number as number, allocations.amount, allocations.batch_id
    from {{ ref('stg_allocations') }} as allocations
    left join {{ ref('allocation_ends') }} as ends using (company_id, allocation_id)
),

-- Odd until a newer version comes, from whatever file.
twice_in_one_file as (
    select rows.company_id, rows.client_id, 'twice_in_one_file' as warning, rows.item_kind,
        rows.record_id as item_id, rows.number, rows.amount
    from {{ source('raw', 'repeated_keys') }} as repeated
    inner join current_rows as rows
        on rows.company_id = repeated.company_id
        and rows.table_name = repeated.table_name
        and rows.record_id = repeated.record_id
        and rows.instalment is not distinct from repeated.instalment
        and rows.batch_id <= repeated.batch_id
)

from over_allocated
union all by name
from paid_before_issue
union all by name
from taken_back
union all by name
from other_client
union all by name
from source_kind_differs
union all by name
from due_before_issue
union all by name
from instalments_differ
union all by name
from key_changed
union all by name
from two_keys
union all by name
from twice_in_one_file
