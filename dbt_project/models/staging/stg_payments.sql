{{ config(keys=['company_id', 'payment_id'], changed='changed_payments') }}

with current_rows as (
    {{ current_version('payments', ['company_id', 'payment_id'], 'changed_payments') }}
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
    batch_id,
    version_at
from current_rows
