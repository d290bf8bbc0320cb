{{ config(
    materialized='keyed',
    keys=['company_id', 'item_kind', 'item_id'],
    changed='touched_items',
    partitioned_by='bucket(16, client_id)',
    sorted_by='company_id, client_id',
) }}

with items as (
    select *
    from {{ ref('items') }} as items
    where
        counts
        and {{ only_changed('touched_items', ['company_id', 'item_kind', 'item_id'], 'items') }}
),

movements as (
    select *
    from {{ ref('movements') }} as movements
    where {{ only_changed('touched_items', ['company_id', 'item_kind', 'item_id'], 'movements') }}
),

by_day as (
    select
        company_id, item_kind, item_id, movement_date,
        cast(sum(amount) as decimal(18, 4)) as amount
    from movements
    group by all
),

-- What is open of an item from one day with a movement until the next.
periods as (
    select
        company_id,
        item_kind,
        item_id,
        movement_date as open_from,
        lead(movement_date) over item_days as open_until,
        cast(sum(amount) over item_days as decimal(18, 4)) as open_amount
    from by_day
    window item_days as (partition by company_id, item_kind, item_id order by movement_date)
),

plans as (
    select
        instalments.company_id,
        'document' as item_kind,
        instalments.document_id as item_id,
        instalments.instalment,
        instalments.amount,
        instalments.due_date,
        row_number() over plan = count(*) over (
            partition by instalments.company_id, instalments.document_id
        ) as is_last
    from {{ ref('stg_instalments') }} as instalments
    inner join items
        on items.company_id = instalments.company_id
        and items.item_kind = 'document'
        and items.item_id = instalments.document_id
        and items.is_receivable
    window plan as (
        partition by instalments.company_id, instalments.document_id
        order by instalments.due_date, instalments.instalment
    )
),

-- Settled on a named instalment up to the end of each period, never more than the instalment.
named as (
    select
        periods.company_id,
        periods.item_kind,
        periods.item_id,
        periods.open_from,
        plans.instalment,
        least(coalesce(-sum(movements.amount), 0), any_value(plans.amount)) as settled
    from periods
    inner join plans using (company_id, item_kind, item_id)
    left join movements
        on movements.company_id = periods.company_id
        and movements.item_kind = periods.item_kind
        and movements.item_id = periods.item_id
        and movements.instalment = plans.instalment
        and movements.movement_date <= periods.open_from
    group by all
),

-- The rest settles the oldest instalment first (ledger rule 5).
pooled as (
    select
        periods.company_id,
        periods.item_kind,
        periods.item_id,
        periods.open_from,
        periods.open_until,
        periods.open_amount,
        plans.instalment,
        plans.due_date,
        plans.amount,
        plans.is_last,
        plans.amount - named.settled as remaining,
        items.signed_amount - periods.open_amount
        - sum(named.settled) over (
            partition by periods.company_id, periods.item_kind, periods.item_id, periods.open_from
        ) as pool,
        sum(plans.amount - named.settled) over earlier - (plans.amount - named.settled)
            as remaining_before
    from periods
    inner join plans using (company_id, item_kind, item_id)
    inner join named using (company_id, item_kind, item_id, open_from, instalment)
    inner join items using (company_id, item_kind, item_id)
    window earlier as (
        partition by periods.company_id, periods.item_kind, periods.item_id, periods.open_from
        order by plans.due_date, plans.instalment
    )
),

filled as (
    select
        *,
        remaining - greatest(least(pool - remaining_before, remaining), 0) as open_before_rest
    from pooled
),

-- The last instalment takes what is left, so that the instalments add up to the document even
-- where the plan does not, or where more was settled than was due.
split as (
    select
        company_id,
        item_kind,
        item_id,
        instalment,
        due_date,
        amount as instalment_amount,
        open_from,
        open_until,
        case
            when is_last then open_amount - coalesce(sum(open_before_rest) over others, 0)
            else open_before_rest
        end as open_amount
    from filled
    window others as (
        partition by company_id, item_kind, item_id, open_from
        order by due_date, instalment
        rows between unbounded preceding and 1 preceding
    )
),

parts as (
    select
        company_id, item_kind, item_id, instalment, due_date, instalment_amount, open_from,
        open_until, open_amount
    from split
    union all by name
    select
        periods.company_id, periods.item_kind, periods.item_id,
        cast(null as bigint) as instalment, items.due_date,
        cast(null as decimal(18, 4)) as instalment_amount,
        periods.open_from, periods.open_until, periods.open_amount
    from periods
    inner join items using (company_id, item_kind, item_id)
    anti join plans using (company_id, item_kind, item_id)
)

select
    items.company_id,
    items.client_id,
    items.currency,
    items.item_kind,
    items.item_id,
    items.item_type,
    items.number,
    items.reference,
    items.purchase_order,
    items.url,
    parts.instalment,
    parts.instalment_amount,
    items.signed_amount as total_amount,
    cast(parts.open_amount as decimal(18, 4)) as open_amount,
    items.is_receivable,
    items.is_disputed,
    items.is_due_at_issue,
    parts.open_until is null as is_last_period,
    items.issue_date,
    parts.due_date,
    parts.open_from,
    parts.open_until
from parts
inner join items using (company_id, item_kind, item_id)
where parts.open_amount <> 0
