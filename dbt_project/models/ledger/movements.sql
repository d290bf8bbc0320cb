{{ config(
    keys=['company_id', 'item_kind', 'item_id'],
    changed='touched_items',
    partitioned_by='bucket(16, client_id)',
    sorted_by='company_id, client_id',
) }}

with items as (
    select *
    from {{ ref('items') }} as items
    where
        counts
        and {{ only_changed('touched_items', ['company_id', 'item_kind', 'item_id'], 'items') }}
),

-- What is applied on one day is undone on the day from which one of its ends is void.
allocations as (
    select
        ends.* replace (
            cast(direction * ends.target_movement as decimal(18, 4)) as target_movement,
            cast(direction * ends.source_movement as decimal(18, 4)) as source_movement,
            if(direction = 1, ends.allocation_date, ends.undone_on) as allocation_date
        )
    from {{ ref('allocation_ends') }} as ends
    cross join (values (1), (-1)) as turns (direction)
    where ends.state = 'posted' and (direction = 1 or ends.undone_on is not null)
),

openings as (
    select
        company_id,
        client_id,
        currency,
        item_kind,
        item_id,
        item_type as kind,
        'opening' as side,
        null as allocation_id,
        null as counterpart_kind,
        null as counterpart_id,
        null as counterpart_number,
        reference,
        null as label,
        null as instalment,
        signed_amount as amount,
        true as is_statement_line,
        issue_date as movement_date
    from items
),

voids as (
    select openings.* replace (
        'void' as kind,
        cast(-openings.amount as decimal(18, 4)) as amount,
        items.voided_on as movement_date
    )
    from openings
    inner join items using (company_id, item_kind, item_id)
    where items.voided_on is not null
),

on_targets as (
    select
        items.company_id,
        items.client_id,
        items.currency,
        items.item_kind,
        items.item_id,
        allocations.kind,
        'target' as side,
        allocations.allocation_id,
        allocations.source_kind as counterpart_kind,
        allocations.source_id as counterpart_id,
        allocations.source_number as counterpart_number,
        allocations.source_reference as reference,
        allocations.label,
        allocations.instalment,
        allocations.target_movement as amount,
        -- Two movements of one client in one currency cancel: no line of its own.
        allocations.source_id is null
        or allocations.is_cross_currency
        or allocations.is_cross_client as is_statement_line,
        allocations.allocation_date as movement_date
    from items
    inner join allocations
        on allocations.company_id = items.company_id
        and allocations.target_kind = items.item_kind
        and allocations.target_id = items.item_id
),

on_sources as (
    select
        items.company_id,
        items.client_id,
        items.currency,
        items.item_kind,
        items.item_id,
        allocations.kind,
        'source' as side,
        allocations.allocation_id,
        allocations.target_kind as counterpart_kind,
        allocations.target_id as counterpart_id,
        allocations.target_number as counterpart_number,
        items.reference,
        allocations.label,
        null as instalment,
        allocations.source_movement as amount,
        allocations.is_cross_currency or allocations.is_cross_client as is_statement_line,
        allocations.allocation_date as movement_date
    from items
    inner join allocations
        on allocations.company_id = items.company_id
        and allocations.source_kind = items.item_kind
        and allocations.source_id = items.item_id
)

from openings
union all by name
from voids
union all by name
from on_targets
union all by name
from on_sources
