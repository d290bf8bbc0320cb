{#- What the batches after `since` touched, per table. Each gives distinct keys. -#}

{% macro changed_clients() %}
    select company_id, client_id
    from {{ source('raw', 'clients') }} where batch_id > {{ var('since') }}
    union
    select company_id, client_id
    from {{ source('raw', 'client_edits') }} where batch_id > {{ var('since') }}
{% endmacro %}

{% macro changed_documents() %}
    select distinct company_id, document_id
    from {{ source('raw', 'documents') }} where batch_id > {{ var('since') }}
{% endmacro %}

{% macro changed_instalments() %}
    select distinct company_id, document_id, instalment
    from {{ source('raw', 'instalments') }} where batch_id > {{ var('since') }}
{% endmacro %}

{% macro changed_payments() %}
    select distinct company_id, payment_id
    from {{ source('raw', 'payments') }} where batch_id > {{ var('since') }}
{% endmacro %}

{% macro changed_allocations() %}
    select distinct company_id, allocation_id
    from {{ source('raw', 'allocations') }} where batch_id > {{ var('since') }}
{% endmacro %}

{#- Items (documents and payments) whose movements may differ now. -#}
{% macro touched_items() %}
    select company_id, item_kind, item_id from {{ ref('touched_items') }}
{% endmacro %}

{#- Allocations with an end in a touched item, and those that changed themselves. -#}
{% macro touched_allocations() %}
    select company_id, allocation_id
    from {{ ref('stg_allocations') }} as allocations
    where exists (
        from {{ ref('touched_items') }} as items
        where items.company_id = allocations.company_id
          and items.item_kind = allocations.target_kind
          and items.item_id = allocations.target_id
    )
    union
    select company_id, allocation_id
    from {{ ref('stg_allocations') }} as allocations
    where exists (
        from {{ ref('touched_items') }} as items
        where items.company_id = allocations.company_id
          and items.item_kind = allocations.source_kind
          and items.item_id = allocations.source_id
    )
    union
    {{ changed_allocations() }}
{% endmacro %}
