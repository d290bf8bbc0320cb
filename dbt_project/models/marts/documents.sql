with balances as (
    select
        company_id,
        client_id,
        item_id,
        cast(sum(amount) as decimal(18, 4)) as balance,
        max(movement_date) as last_movement_date
    from {{ ref('movements') }}
    where item_kind = 'document'
    group by all
)

select
    items.company_id,
    items.client_id,
    items.item_id as document_id,
    items.item_type as type,
    items.number,
    items.currency,
    items.reference,
    items.purchase_order,
    items.url,
    case
        when items.is_void then 'void'
        when items.status = 'draft' then 'draft'
        when items.is_waiting then 'waiting'
        when balances.balance = 0 then 'paid'
        when balances.balance = items.signed_amount then 'open'
        else 'partial'
    end as status,
    items.signed_amount as total,
    coalesce(balances.balance, 0) as balance,
    cast(
        case when items.counts then items.signed_amount - balances.balance else 0 end
        as decimal(18, 4)
    ) as applied,
    items.is_disputed,
    items.counts,
    items.issue_date,
    items.due_date,
    case when balances.balance = 0 then balances.last_movement_date end as settled_on,
    case
        when balances.balance = 0 then balances.last_movement_date - items.due_date
    end as days_late,
    items.version_at as updated_at
from {{ ref('items') }} as items
left join balances
    on balances.company_id = items.company_id
    and balances.client_id = items.client_id
    and balances.item_id = items.item_id
where items.item_kind = 'document'
