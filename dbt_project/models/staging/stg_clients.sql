{%- set keys = ['company_id', 'client_id'] -%}
{{ config(keys=keys, changed='changed_clients') }}

with files as (
    {{ current_version('clients', keys, 'changed_clients') }}
),

current_edits as (
    {# The lake's order of arrival, not the clock of whoever edited. -#}
    select * replace (string_split(edited_fields, ';') as edited_fields)
    from {{ source('raw', 'client_edits') }} as versions
    where {{ only_changed('changed_clients', keys, 'versions') }}
    qualify row_number() over (partition by {{ keys | join(', ') }} order by batch_id desc) = 1
),

edits as (
    select * replace (list_filter(edited_fields, lambda field: field <> '') as edited_fields)
    from current_edits
)

select
    company_id,
    client_id,
    {{ edited('name', 'name') }} as name,
    {{ edited('tax_id', 'tax_id') }} as tax_id,
    files.emails,
    {{ edited('phone', 'phone') }} as phone,
    {{ edited('language', 'language') }} as language,
    {{ edited('salesperson', 'salesperson') }} as salesperson,
    {{ edited('group', '"group"') }} as client_group,
    {{ edited('notes', 'notes') }} as notes,
    {{ edited('credit_limit', 'credit_limit') }} as credit_limit,
    coalesce(edits.edited_fields, []) as edited_fields,
    files.name is null as is_by_hand,
    greatest(files.batch_id, edits.batch_id) as batch_id,
    greatest(files.version_at, edits.changed_at) as version_at
from files
full join edits using (company_id, client_id)
-- An edit of a client whose file is not here (yet) waits for it.
where files.name is not null or edits.is_new
