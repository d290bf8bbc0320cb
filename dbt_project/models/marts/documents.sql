with balances as (
    select
        company_id,
        client_id,
        item_id,
        cast(coalesce(sum(open_amount) filter (where is_last_period), 0) as decimal(18, 4))
            as balance,
        -- The last day on which what was left to pay came down to nothing.
        max(open_until) filter (where status <> 'paid') as settled_on
    from {{ ref('open_items') }}
    where item_kind = 'document'
    group by all
),

documents as (
    select
        items.*,
        coalesce(balances.balance, 0) as balance,
        {{ status_of('items.signed_amount', 'coalesce(balances.balance, 0)') }} as paid_status,
        -- Settled on the day of its issue it was never open.
        coalesce(balances.settled_on, items.issue_date) as settled_on
    from {{ ref('items') }} as items
    left join balances
        on balances.company_id = items.company_id
        and balances.client_id = items.client_id
        and balances.item_id = items.item_id
    where items.item_kind = 'document'
)

select
    company_id,
    client_id,
    item_id as document_id,
    item_type as type,
    number,
    currency,
    reference,
    purchase_order,
    url,
    case
        when is_void then 'void'
        when status = 'draft' then 'draft'
        when is_waiting then 'waiting'
        else paid_status
    end as status,
    signed_amount as total,
    balance,
    cast(if(counts and not is_void, signed_amount - balance, 0) as decimal(18, 4)) as applied,
    is_disputed,
    counts and not is_void as counts,
    voided_on,
    issue_date,
    due_date,
    if(counts and not is_void and paid_status = 'paid', settled_on, null) as settled_on,
    if(counts and not is_void and paid_status = 'paid', settled_on - due_date, null) as days_late,
    version_at as updated_at
from documents
