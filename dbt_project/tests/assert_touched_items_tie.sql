-- Fails with one row for each touched item whose open amount is not the sum of its movements.
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

opened as (
    select company_id, item_kind, item_id, sum(open_amount) as amount
    from {{ ref('open_items') }}
    inner join touched using (company_id, item_kind, item_id)
    where open_until is null
    group by all
)

select
    company_id, item_kind, item_id,
    coalesce(moved.amount, 0) as expected_amount,
    coalesce(opened.amount, 0) as found_amount
from moved
full join opened using (company_id, item_kind, item_id)
where coalesce(moved.amount, 0) <> coalesce(opened.amount, 0)
