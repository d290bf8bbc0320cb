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

quanta as (
    {{ quanta() }}
),

plans as (
    select
        instalments.company_id,
        'document' as item_kind,
        instalments.document_id as item_id,
        instalments.instalment,
        instalments.amount,
        instalments.due_date,
        case when instalments.status = 'void' then instalments.voided_on end as voided_on
    from {{ ref('stg_instalments') }} as instalments
    inner join items
        on items.company_id = instalments.company_id
        and items.item_kind = 'document'
        and items.item_id = instalments.document_id
        and items.is_receivable
    left join quanta on quanta.currency = items.currency
    -- One that has more decimals than its document's currency waits, as an allocation does.
    where (instalments.status = 'active' or instalments.voided_on > items.issue_date)
        and coalesce(instalments.amount % quanta.quantum = 0, true)
),

-- Days on which something of an item changes: what is open of it, or its plan.
by_day as (
    select
        company_id, item_kind, item_id, movement_date,
        cast(sum(amount) as decimal(18, 4)) as amount
    from movements
    group by all
    union all
    select distinct
        plans.company_id, plans.item_kind, plans.item_id, plans.voided_on,
        cast(0 as decimal(18, 4))
    from plans
    anti join movements
        on movements.company_id = plans.company_id
        and movements.item_kind = plans.item_kind
        and movements.item_id = plans.item_id
        and movements.movement_date = plans.voided_on
    where plans.voided_on is not null
),

-- What is open of an item from one such day until the next.
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

-- Settled on a named instalment up to the end of each period: never more than the instalment, and
-- nothing where more was taken back than applied.
named as (
    select
        periods.company_id,
        periods.item_kind,
        periods.item_id,
        periods.open_from,
        plans.instalment,
        plans.due_date,
        greatest(
            least(coalesce(-sum(movements.amount), 0), any_value(plans.amount)), 0
        ) as settled
    from periods
    inner join plans
        on plans.company_id = periods.company_id
        and plans.item_kind = periods.item_kind
        and plans.item_id = periods.item_id
        and (plans.voided_on is null or plans.voided_on > periods.open_from)
    left join movements
        on movements.company_id = periods.company_id
        and movements.item_kind = periods.item_kind
        and movements.item_id = periods.item_id
        and movements.instalment = plans.instalment
        and movements.movement_date <= periods.open_from
    group by all
),

-- What else was settled, below zero where more was taken back than was settled so.
unnamed as (
    select
        named.*,
        items.signed_amount - periods.open_amount - sum(named.settled) over plan as pool,
        coalesce(sum(named.settled) over later, 0) as settled_later,
        count(*) over later = 0 as is_last
    from named
    inner join periods using (company_id, item_kind, item_id, open_from)
    inner join items using (company_id, item_kind, item_id)
    window
        plan as (
            partition by named.company_id, named.item_kind, named.item_id, named.open_from
        ),
        later as (
            partition by named.company_id, named.item_kind, named.item_id, named.open_from
            order by named.due_date desc, named.instalment desc
            rows between unbounded preceding and 1 preceding
        )
),

-- Ledger rule 5: the rest settles the oldest instalment first; what was taken back comes off the
-- rest first, then off named instalments, the latest first.
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
        unnamed.is_last,
        greatest(unnamed.pool, 0) as pool,
        plans.amount - unnamed.settled
        + least(unnamed.settled, greatest(-unnamed.pool - unnamed.settled_later, 0)) as remaining
    from periods
    inner join plans using (company_id, item_kind, item_id)
    inner join unnamed using (company_id, item_kind, item_id, open_from, instalment)
),

filled as (
    select
        *,
        remaining
        - greatest(least(pool - (sum(remaining) over earlier - remaining), remaining), 0)
            as open_before_rest
    from pooled
    window earlier as (
        partition by company_id, item_kind, item_id, open_from order by due_date, instalment
    )
),

-- Together never more than the document has open, so that none is below zero while something is
-- left to pay ...
filled_so_far as (
    select
        *,
        least(sum(open_before_rest) over earlier, greatest(open_amount, 0)) as open_so_far
    from filled
    window earlier as (
        partition by company_id, item_kind, item_id, open_from order by due_date, instalment
    )
),

-- ... and the last one takes what is left, so that the instalments add up to the document even
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
        open_amount as item_open_amount,
        if(is_last, open_amount, open_so_far) - coalesce(lag(open_so_far) over plan, 0)
            as open_amount
    from filled_so_far
    window plan as (
        partition by company_id, item_kind, item_id, open_from order by due_date, instalment
    )
),

parts as (
    select
        company_id, item_kind, item_id, instalment, due_date, instalment_amount, open_from,
        open_until, item_open_amount, open_amount
    from split
    union all by name
    select
        periods.company_id, periods.item_kind, periods.item_id,
        cast(0 as bigint) as instalment, items.due_date,
        cast(null as decimal(18, 4)) as instalment_amount,
        periods.open_from, periods.open_until,
        periods.open_amount as item_open_amount, periods.open_amount
    from periods
    inner join items using (company_id, item_kind, item_id)
    anti join unnamed using (company_id, item_kind, item_id, open_from)
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
    parts.item_open_amount,
    {{ status_of('items.signed_amount', 'parts.item_open_amount') }} as status,
    items.is_receivable,
    {{ is_owed('parts.open_amount') }} as is_owed,
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
