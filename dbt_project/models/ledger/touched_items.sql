{#- Rebuilt every run and small: the keys that the ledger computes again. Empty in a full build,
    where everything is computed. -#}
{{ config(keys=['company_id', 'item_kind', 'item_id']) }}

with changed_documents as (
    {{ changed_documents() }}
),

changed_payments as (
    {{ changed_payments() }}
),

-- Both the old and the new ends of a changed allocation: it may have moved to another invoice.
changed_allocation_ends as (
    select versions.company_id, versions.kind, versions.source_id, versions.document_id,
        versions.target_payment_id
    from {{ source('raw', 'allocations') }} as versions
    where (versions.company_id, versions.allocation_id) in (
        select company_id, allocation_id from ({{ changed_allocations() }})
    )
),

-- A client that comes for the first time wakes the documents and payments that waited for it.
known_clients as (
    select company_id, client_id, batch_id from {{ source('raw', 'clients') }}
    union all
    select company_id, client_id, batch_id from {{ source('raw', 'client_edits') }} where is_new
),

new_clients as (
    select company_id, client_id
    from known_clients
    where (company_id, client_id) in (select company_id, client_id from ({{ changed_clients() }}))
    group by all
    having min(batch_id) > {{ var('since') }}
),

direct as (
    select company_id, 'document' as item_kind, document_id as item_id from changed_documents
    union
    select company_id, 'document', document_id from ({{ changed_instalments() }})
    union
    select company_id, 'payment', payment_id from changed_payments
    union
    select company_id, 'document', document_id from changed_allocation_ends
    where document_id is not null
    union
    select company_id, 'payment', target_payment_id from changed_allocation_ends
    where target_payment_id is not null
    union
    select company_id, case when kind = 'credit' then 'document' else 'payment' end, source_id
    from changed_allocation_ends
    where source_id is not null
    union
    select documents.company_id, 'document', documents.document_id
    from {{ ref('stg_documents') }} as documents
    inner join new_clients using (company_id, client_id)
    union
    select payments.company_id, 'payment', payments.payment_id
    from {{ ref('stg_payments') }} as payments
    inner join new_clients using (company_id, client_id)
),

-- The other end of an allocation moves too: voiding an invoice frees the payment it used up.
counterparts as (
    select allocations.company_id, allocations.target_kind as item_kind,
        allocations.target_id as item_id
    from {{ ref('stg_allocations') }} as allocations
    inner join direct
        on direct.company_id = allocations.company_id
        and direct.item_kind = allocations.source_kind
        and direct.item_id = allocations.source_id
    union
    select allocations.company_id, allocations.source_kind, allocations.source_id
    from {{ ref('stg_allocations') }} as allocations
    inner join direct
        on direct.company_id = allocations.company_id
        and direct.item_kind = allocations.target_kind
        and direct.item_id = allocations.target_id
    where allocations.source_id is not null
),

touched as (
    select company_id, item_kind, item_id from direct
    union
    select company_id, item_kind, item_id from counterparts
)

select company_id, item_kind, item_id
from touched
{% if not is_changed_run() -%}
where false
{%- endif %}
