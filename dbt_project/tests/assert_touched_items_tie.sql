-- Fails with one row for each touched item whose open amount is not the sum of its movements, and
-- for each touched item (or instalment of it) that has two open amounts on one day.
-- Why: a changed run is published on this test; the whole is proved again by a full run and by
-- `cartera check`. Not checked here: items that this run did not touch.
with touched as (
    select company_id, item_kind, item_id from {{ ref('touched_items') }}
),

moved as (
    select company_id, item_kind, item_id, sum(amount) as amount
    from {{ ref('movements') }}
    inner join touched using (company_id, item_kind, item_id)
    group by all
),

periods as (
    select company_id, item_kind, item_id, instalment, open_amount, open_from, open_until
    from {{ ref('open_items') }}
    inner join touched using (company_id, item_kind, item_id)
),

opened as (
    select company_id, item_kind, item_id, sum(open_amount) as amount
    from periods
    where open_until is null
    group by all
),

do_not_tie as (
    select
        'open amount = sum of movements' as rule,
        company_id, item_kind, item_id,
        coalesce(moved.amount, 0) as expected_amount,
        coalesce(opened.amount, 0) as found_amount
    from moved
    full join opened using (company_id, item_kind, item_id)
    where coalesce(moved.amount, 0) <> coalesce(opened.amount, 0)
),

overlap as (
    select
        'one open amount on each day' as rule,
        company_id, item_kind, item_id,
        null as expected_amount,
        open_amount as found_amount
    from periods
    qualify lead(open_from) over (
        partition by company_id, item_kind, item_id, instalment order by open_from
    ) < coalesce(open_until, 'infinity'::date)
)

from do_not_tie
union all by name
from overlap
