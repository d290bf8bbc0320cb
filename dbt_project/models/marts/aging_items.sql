{#- Every open item as of a day, with its age and range. basis: 'due_date' or 'issue_date';
    limits: upper limits in days, ascending, for example [30, 60, 90]. -#}
{{ config(materialized='table_function', parameters=['as_of', 'basis', 'limits']) }}

with open_on_day as (
    select
        *,
        {{ age_on('as_of') }} as age_days
    from {{ ref('open_items') }}
    -- `+ 0`: the days pick no files, and as plain columns each costs a look into the catalog.
    where open_from + 0 <= as_of and (open_until + 0 > as_of or open_until is null)
)

select
    company_id,
    client_id,
    currency,
    item_kind,
    item_id,
    item_type,
    number,
    reference,
    purchase_order,
    url,
    instalment,
    instalment_amount,
    total_amount,
    open_amount,
    item_open_amount,
    status,
    {{ range_of_age() }} as bucket,
    is_receivable,
    is_owed,
    is_disputed,
    is_owed and due_date < as_of as is_overdue,
    is_due_at_issue,
    issue_date,
    due_date,
    as_of - due_date as days_overdue
from open_on_day
