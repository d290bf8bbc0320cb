{#- Every place where a number does not tie (ledger rules 1 to 4); empty when all is well.
    The expected side is derived another way than the ledger: straight from the current input
    rows, or day by day from the movements. -#}

with items as (
    select * from {{ ref('items') }} where counts
),

-- What is void from a day on counts for nothing in the end.
posted as (
    select * from {{ ref('allocation_ends') }} where state = 'posted' and undone_on is null
),

-- Rule 1: a client's balance, from documents, payments and allocations without a ledger.
straight as (
    select company_id, client_id, currency, signed_amount as amount from items
    where voided_on is null
    union all
    select targets.company_id, targets.client_id, targets.currency,
        case when posted.source_id is null then -targets.sign * posted.amount
            else sources.sign * posted.amount end
    from posted
    inner join items as targets
        on targets.company_id = posted.company_id and targets.item_kind = posted.target_kind
        and targets.item_id = posted.target_id
    left join items as sources
        on sources.company_id = posted.company_id and sources.item_kind = posted.source_kind
        and sources.item_id = posted.source_id
    union all
    select sources.company_id, sources.client_id, sources.currency,
        -sources.sign * case when sources.currency = targets.currency then posted.amount
            else sign(posted.amount) * abs(posted.source_amount) end
    from posted
    inner join items as sources
        on sources.company_id = posted.company_id and sources.item_kind = posted.source_kind
        and sources.item_id = posted.source_id
    inner join items as targets
        on targets.company_id = posted.company_id and targets.item_kind = posted.target_kind
        and targets.item_id = posted.target_id
),

expected_balances as (
    select company_id, client_id, currency, sum(amount) as amount from straight group by all
),

ledger_balances as (
    select company_id, client_id, currency, sum(amount) as amount
    from {{ ref('movements') }} group by all
),

open_balances as (
    select company_id, client_id, currency, sum(open_amount) as amount
    from {{ ref('open_items') }} where open_until is null group by all
),

balances_differ as (
    select
        'client balance = documents + payments + allocations' as rule,
        company_id, client_id, currency, null as item_id, null as as_of,
        coalesce(expected.amount, 0) as expected_amount,
        coalesce(found.amount, 0) as found_amount
    from expected_balances as expected
    full join ledger_balances as found using (company_id, client_id, currency)
    where coalesce(expected.amount, 0) <> coalesce(found.amount, 0)
),

open_items_differ as (
    select
        'client balance = sum of open items' as rule,
        company_id, client_id, currency, null as item_id, null as as_of,
        coalesce(expected.amount, 0) as expected_amount,
        coalesce(found.amount, 0) as found_amount
    from ledger_balances as expected
    full join open_balances as found using (company_id, client_id, currency)
    where coalesce(expected.amount, 0) <> coalesce(found.amount, 0)
),

item_balances as (
    select company_id, client_id, currency, item_kind, item_id, sum(amount) as amount
    from {{ ref('movements') }} group by all
),

item_opens as (
    select company_id, client_id, currency, item_kind, item_id, sum(open_amount) as amount
    from {{ ref('open_items') }} where open_until is null group by all
),

items_differ as (
    select
        'open item = sum of its movements' as rule,
        company_id, client_id, currency, item_id, null as as_of,
        coalesce(expected.amount, 0) as expected_amount,
        coalesce(found.amount, 0) as found_amount
    from item_balances as expected
    full join item_opens as found
        using (company_id, client_id, currency, item_kind, item_id)
    where coalesce(expected.amount, 0) <> coalesce(found.amount, 0)
),

-- Rule 2: on a dozen days spread over the months with movements.
months as (
    select distinct date_trunc('month', movement_date)::date as as_of
    from {{ ref('movements') }}
),

days as (
    select max(as_of) as as_of
    from (select as_of, ntile(12) over (order by as_of) as part from months)
    group by part
),

ledger_on_days as (
    select company_id, client_id, currency, days.as_of, sum(amount) as amount
    from {{ ref('movements') }} as movements
    inner join days on movements.movement_date <= days.as_of
    group by all
),

open_on_days as (
    select company_id, client_id, currency, days.as_of, sum(open_amount) as amount
    from {{ ref('open_items') }} as open_items
    inner join days
        on open_items.open_from <= days.as_of
        and (open_items.open_until > days.as_of or open_items.open_until is null)
    group by all
),

days_differ as (
    select
        'balance as of a day = open items of that day' as rule,
        company_id, client_id, currency, null as item_id, as_of,
        coalesce(expected.amount, 0) as expected_amount,
        coalesce(found.amount, 0) as found_amount
    from ledger_on_days as expected
    full join open_on_days as found using (company_id, client_id, currency, as_of)
    where coalesce(expected.amount, 0) <> coalesce(found.amount, 0)
),

-- Rules 3 and 4: the ranges and the unapplied money of that day add up to the balance.
aged as (
    select company_id, client_id, currency, sum(open_amount) as amount
    from {{ ref('aging') }}(current_date, 'due_date', [30, 60, 90])
    group by all
),

ledger_today as (
    select company_id, client_id, currency, sum(amount) as amount
    from {{ ref('movements') }} where movement_date <= current_date group by all
),

ranges_differ as (
    select
        'current + overdue ranges + unapplied = balance' as rule,
        company_id, client_id, currency, null as item_id, current_date as as_of,
        coalesce(expected.amount, 0) as expected_amount,
        coalesce(found.amount, 0) as found_amount
    from ledger_today as expected
    full join aged as found using (company_id, client_id, currency)
    where coalesce(expected.amount, 0) <> coalesce(found.amount, 0)
),

-- Statement lines leave out movements that cancel; what is left must still be the balance.
line_balances as (
    select company_id, client_id, currency, sum(amount) as amount
    from {{ ref('movements') }} where is_statement_line group by all
),

lines_differ as (
    select
        'closing balance of the activity = client balance' as rule,
        company_id, client_id, currency, null as item_id, null as as_of,
        coalesce(expected.amount, 0) as expected_amount,
        coalesce(found.amount, 0) as found_amount
    from ledger_balances as expected
    full join line_balances as found using (company_id, client_id, currency)
    where coalesce(expected.amount, 0) <> coalesce(found.amount, 0)
)

from balances_differ
union all by name from open_items_differ
union all by name from items_differ
union all by name from days_differ
union all by name from ranges_differ
union all by name from lines_differ
