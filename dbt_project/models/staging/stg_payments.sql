{{ config(keys=['company_id', 'payment_id'], changed='changed_payments') }}

{#- A pending payment counted for nothing: what is changed of it before is nothing odd. -#}
{%- set known_by = "case when status <> 'pending' then struct_pack(client_id, direction, currency, \"date\") end" -%}

with current_rows as (
    {{ current_version('payments', ['company_id', 'payment_id'], 'changed_payments', known_by) }}
)

select
    company_id,
    payment_id,
    client_id,
    direction,
    currency,
    status,
    method,
    reference,
    amount,
    date as payment_date,
    voided_on,
    {{ key_changes({'client': 'client_id', 'type': 'direction', 'currency': 'currency', 'day': '"date"'}) }}
        as key_changes,
    batch_id,
    version_at
from current_rows
