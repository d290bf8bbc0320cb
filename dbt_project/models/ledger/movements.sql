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

allocations as (
    select * from {{ ref('allocation_ends') }} where state = 'posted'
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
from on_targets
union all by name
from on_sources
