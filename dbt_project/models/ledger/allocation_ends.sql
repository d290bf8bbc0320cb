{{ config(
    keys=['company_id', 'allocation_id'],
    changed='touched_allocations',
    partitioned_by='bucket(16, client_id)',
    sorted_by='company_id, client_id',
) }}

with allocations as (
    select *
    from {{ ref('stg_allocations') }} as allocations
    where {{ only_changed('touched_allocations', ['company_id', 'allocation_id'], 'allocations') }}
),

quanta as (
    {{ quanta() }}
),

joined as (
    select
        allocations.*,
        targets.client_id as target_client_id,
        targets.currency as target_currency,
        targets.number as target_number,
        targets.sign as target_sign,
        targets.issue_date as target_date,
        targets.counts as is_target_counted,
        targets.is_waiting as is_target_waiting,
        sources.client_id as source_client_id,
        sources.currency as source_currency,
        sources.number as source_number,
        sources.reference as source_reference,
        sources.sign as source_sign,
        sources.issue_date as source_date,
        sources.counts as is_source_counted,
        sources.is_waiting as is_source_waiting,
        sources.currency is distinct from targets.currency as is_cross_currency,
        -- Ledger rule 2: nothing is applied to, or by, what does not exist yet, or no more.
        greatest(allocations.allocation_date, targets.issue_date, sources.issue_date)
            as applied_on,
        least(targets.voided_on, sources.voided_on) as undone_on
    from allocations
    left join {{ ref('items') }} as targets
        on targets.company_id = allocations.company_id
        and targets.item_kind = allocations.target_kind
        and targets.item_id = allocations.target_id
    left join {{ ref('items') }} as sources
        on sources.company_id = allocations.company_id
        and sources.item_kind = allocations.source_kind
        and sources.item_id = allocations.source_id
),

judged as (
    select
        joined.*,
        case
            when status = 'void' then 'void'
            when target_client_id is null then 'waiting_for_target'
            when source_id is not null and source_client_id is null then 'waiting_for_source'
            when is_target_waiting or coalesce(is_source_waiting, false) then 'waiting_for_client'
            when source_id is not null and is_cross_currency and source_amount is null
                then 'source_amount_missing'
            when amount % target_quanta.quantum <> 0 then 'too_many_decimals'
            when source_id is not null and is_cross_currency
                and source_amount % source_quanta.quantum <> 0 then 'too_many_decimals'
            when not is_target_counted or not coalesce(is_source_counted, true)
                or coalesce(undone_on <= applied_on, false) then 'not_counted'
            else 'posted'
        end as state
    from joined
    left join quanta as target_quanta on target_quanta.currency = joined.target_currency
    left join quanta as source_quanta on source_quanta.currency = joined.source_currency
)

select
    company_id,
    target_client_id as client_id,
    allocation_id,
    kind,
    state,
    status,
    label,
    source_kind,
    source_id,
    source_client_id,
    source_currency,
    source_number,
    source_reference,
    target_kind,
    target_id,
    target_currency,
    target_number,
    instalment,
    amount,
    source_amount,
    -- Ledger rule 1. A source of sign s changes by -s·a and its target by s·a; without a source
    -- the target moves towards zero.
    cast(
        case when source_id is not null then source_sign else -target_sign end * amount
        as decimal(18, 4)
    ) as target_movement,
    cast(
        case
            when source_id is null then null
            -- Of the sign of the amount, whether or not the row says it on both.
            when is_cross_currency then -source_sign * sign(amount) * abs(source_amount)
            else -source_sign * amount
        end as decimal(18, 4)
    ) as source_movement,
    source_id is not null and is_cross_currency as is_cross_currency,
    source_id is not null and source_client_id is distinct from target_client_id
        as is_cross_client,
    applied_on as allocation_date,
    allocation_date as stated_date,
    undone_on,
    target_date,
    source_date,
    version_at
from judged
