{#- Lines of a client's account between two days (both included) with the balance after each;
    lines before `from_day` only count in the balance. Void documents are shown with zero. -#}
{{ config(
    materialized='table_function',
    parameters=['for_company', 'for_client', 'from_day', 'to_day'],
) }}

with lines as (
    select
        movements.currency,
        movements.movement_date as line_date,
        movements.kind as line_type,
        coalesce(movements.counterpart_number, items.number) as counterpart_number,
        items.number,
        items.reference,
        items.purchase_order,
        movements.item_id as document_id,
        movements.label,
        movements.amount,
        false as is_void,
        case when movements.kind = 'void' then 3
            when movements.allocation_id is null and items.is_receivable then 0
            when movements.allocation_id is null then 1 else 2 end as line_rank,
        coalesce(movements.allocation_id, '') as allocation_id
    from {{ ref('movements') }} as movements
    inner join {{ ref('items') }} as items
        on items.company_id = movements.company_id
        and items.client_id = movements.client_id
        and items.item_kind = movements.item_kind
        and items.item_id = movements.item_id
    where movements.company_id = for_company
        and movements.client_id = for_client
        and items.company_id = for_company
        and items.client_id = for_client
        and movements.is_statement_line
        and movements.movement_date <= to_day

    union all

    select
        currency, issue_date, item_type, number, number, reference, purchase_order,
        item_id, null,
        cast(0 as decimal(18, 4)), true, 0, ''
    from {{ ref('items') }}
    where company_id = for_company and client_id = for_client and is_void and not counts and not is_waiting
        and issue_date <= to_day
),

running as (
    select
        *,
        cast(
            sum(amount) over (
                partition by currency
                order by line_date, line_rank, number, document_id, allocation_id
                rows between unbounded preceding and current row
            ) as decimal(18, 4)
        ) as balance,
        cast(
            coalesce(
                sum(amount) filter (where line_date < from_day) over (partition by currency), 0
            ) as decimal(18, 4)
        ) as opening_balance,
        cast(sum(amount) over (partition by currency) as decimal(18, 4)) as closing_balance,
        row_number() over (
            partition by currency
            order by line_date, line_rank, number, document_id, allocation_id
        ) as position
    from lines
)

select
    currency,
    position,
    line_date,
    line_type,
    number,
    counterpart_number,
    reference,
    purchase_order,
    document_id,
    label,
    amount,
    balance,
    opening_balance,
    closing_balance,
    is_void,
    line_date < from_day as is_before
from running
