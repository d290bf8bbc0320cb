{{ config(keys=['company_id', 'client_id'], changed='changed_clients') }}

with current_rows as (
    {{ current_version('clients', ['company_id', 'client_id'], 'changed_clients') }}
)

select
    company_id,
    client_id,
    name,
    tax_id,
    emails,
    phone,
    language,
    salesperson,
    "group" as client_group,
    notes,
    credit_limit,
    batch_id,
    version_at
from current_rows
