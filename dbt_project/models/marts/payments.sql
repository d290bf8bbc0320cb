with balances as (
    select
        company_id,
        client_id,
        item_id,
        cast(sum(amount) as decimal(18, 4)) as balance
    from {{ ref('movements') }}
    where item_kind = 'payment'
    group by all
)

select
    items.company_id,
    items.client_id,
    items.item_id as payment_id,
    case items.item_type when 'refund' then 'out' else 'in' end as direction,
    items.currency,
    items.status,
    items.method,
    items.reference,
    items.amount,
    coalesce(balances.balance, 0) as unapplied,
    items.counts and not items.is_void as counts,
    items.voided_on,
    items.issue_date as payment_date,
    items.version_at as updated_at
from {{ ref('items') }} as items
left join balances
    on balances.company_id = items.company_id
    and balances.client_id = items.client_id
    and balances.item_id = items.item_id
where items.item_kind = 'payment'
