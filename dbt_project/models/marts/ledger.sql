select
    company_id,
    client_id,
    currency,
    movement_date,
    item_kind,
    item_id,
    kind,
    amount,
    counterpart_kind,
    counterpart_id,
    counterpart_number,
    allocation_id,
    instalment,
    reference,
    label,
    is_statement_line
from {{ ref('movements') }}
