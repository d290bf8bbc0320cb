{#- Every open item on each of several days, with its range on that day: what `aging_items` gives
    for one day, read once for all of them. -#}
{{ config(materialized='table_function', parameters=['days', 'basis', 'limits']) }}

with on_days as (
    select
        open_items.*,
        wanted.on_day,
        {{ age_on('wanted.on_day') }} as age_days
    from {{ ref('open_items') }} as open_items
    inner join (select distinct unnest(days) as on_day) as wanted
        on open_items.open_from <= wanted.on_day
        and coalesce(open_items.open_until, 'infinity'::date) > wanted.on_day
)

select
    company_id,
    client_id,
    currency,
    item_kind,
    item_id,
    instalment,
    open_amount,
    {{ range_of_age() }} as bucket,
    is_receivable,
    is_owed,
    is_owed and due_date < on_day as is_overdue,
    on_day
from on_days
