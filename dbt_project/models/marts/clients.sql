select
    company_id,
    client_id,
    name,
    tax_id,
    emails,
    phone,
    language,
    salesperson,
    client_group,
    notes,
    credit_limit,
    edited_fields,
    is_by_hand,
    version_at as updated_at
from {{ ref('stg_clients') }}
