{{ config(
    keys=['company_id', 'item_kind', 'item_id'],
    changed='touched_items',
    partitioned_by='bucket(16, client_id)',
    sorted_by='company_id, client_id',
) }}

with clients as (
    select company_id, client_id from {{ ref('stg_clients') }}
),

documents as (
    select
        company_id,
        'document' as item_kind,
        document_id as item_id,
        client_id,
        type as item_type,
        currency,
        number,
        reference,
        purchase_order,
        null as method,
        url,
        status,
        case type when 'credit_note' then -1 else 1 end as sign,
        total as amount,
        is_disputed,
        status = 'issued' as is_countable,
        voided_on,
        issue_date,
        coalesce(due_date, issue_date) as due_date,
        due_date is null as is_due_at_issue,
        version_at
    from {{ ref('stg_documents') }} as documents
    {% if is_changed_run() or not execute -%}
    where exists (
        from {{ ref('touched_items') }} as touched
        where touched.company_id = documents.company_id
          and touched.item_kind = 'document'
          and touched.item_id = documents.document_id
    )
    {%- endif %}
),

payments as (
    select
        company_id,
        'payment' as item_kind,
        payment_id as item_id,
        client_id,
        case direction when 'out' then 'refund' else 'payment' end as item_type,
        currency,
        coalesce(reference, payment_id) as number,
        reference,
        cast(null as varchar) as purchase_order,
        method,
        null as url,
        status,
        case direction when 'out' then 1 else -1 end as sign,
        amount,
        false as is_disputed,
        status = 'received' as is_countable,
        voided_on,
        payment_date as issue_date,
        payment_date as due_date,
        true as is_due_at_issue,
        version_at
    from {{ ref('stg_payments') }} as payments
    {% if is_changed_run() or not execute -%}
    where exists (
        from {{ ref('touched_items') }} as touched
        where touched.company_id = payments.company_id
          and touched.item_kind = 'payment'
          and touched.item_id = payments.payment_id
    )
    {%- endif %}
),

items as (
    from documents
    union all by name
    from payments
),

-- Void from a day on it counted until then; void without one, or from its own day, it never did.
dated as (
    select
        * replace (case when status = 'void' and voided_on > issue_date then voided_on end as voided_on)
    from items
)

select
    items.company_id,
    items.client_id,
    items.currency,
    items.item_kind,
    items.item_id,
    items.item_type,
    items.number,
    items.reference,
    items.purchase_order,
    items.method,
    items.url,
    items.status,
    items.sign,
    items.amount,
    cast(items.sign * items.amount as decimal(18, 4)) as signed_amount,
    items.item_type in ('invoice', 'debit_note') as is_receivable,
    items.is_disputed,
    items.status = 'void' as is_void,
    clients.client_id is null as is_waiting,
    (items.is_countable or items.voided_on is not null) and clients.client_id is not null as counts,
    items.voided_on,
    items.issue_date,
    items.due_date,
    items.is_due_at_issue,
    items.version_at
from dated as items
left join clients using (company_id, client_id)
