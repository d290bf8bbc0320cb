{#- The version of each key that holds now: newest `version_at` wins; among equals, the later
    arrival. `version_at` is the row's updated_at, or its load time where it has none.
    `first_known` is an expression: its value in the oldest version in which it is not null stands
    beside the row under that name. -#}
{% macro current_version(table, keys, changed, first_known=none) %}
    select *
        {%- if first_known %},
        last_value({{ first_known }} ignore nulls) over (
            partition by {{ keys | join(', ') }}
            order by version_at desc, batch_id desc, "row" desc
            rows between unbounded preceding and unbounded following
        ) as first_known
        {%- endif %}
    from {{ source('raw', table) }} as versions
    where {{ only_changed(changed, keys, 'versions') }}
    qualify row_number() over (
        partition by {{ keys | join(', ') }}
        order by version_at desc, batch_id desc, "row" desc
    ) = 1
{% endmacro %}
