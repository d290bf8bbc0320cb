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

plans as (
    select company_id, document_id, sum(amount) as amount
    from {{ ref('stg_instalments') }}
    where status = 'active'
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
