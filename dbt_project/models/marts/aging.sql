{#- Open amount of each client, currency and range as of a day. -#}
{{ config(materialized='table_function', parameters=['as_of', 'basis', 'limits']) }}

select
    company_id,
    client_id,
    currency,
    bucket,
    cast(sum(open_amount) as decimal(38, 4)) as open_amount,
    cast(coalesce(sum(open_amount) filter (where is_overdue), 0) as decimal(38, 4))
        as overdue_amount,
    count(distinct item_id) filter (where is_owed) as document_count
from {{ ref('aging_items') }}(as_of, basis, limits)
group by all
