{#- The version of each key that holds now: newest `version_at` wins; among equals, the later
    arrival. `version_at` is the row's updated_at, or its load time where it has none. -#}
{% macro current_version(table, keys, changed) %}
    select *
    from {{ source('raw', table) }} as versions
    where {{ only_changed(changed, keys, 'versions') }}
    qualify row_number() over (
        partition by {{ keys | join(', ') }}
        order by version_at desc, batch_id desc, "row" desc
    ) = 1
{% endmacro %}
