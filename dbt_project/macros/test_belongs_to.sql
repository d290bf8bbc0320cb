{#- Fails with each row whose columns, taken together, stand in no row of `to`. dbt's own
    `relationships` looks at one column, and here no id means anything without its company. -#}
{% test belongs_to(model, to, columns) %}
    select {{ columns | join(', ') }}
    from {{ model }}
    anti join {{ to }} using ({{ columns | join(', ') }})
{% endtest %}
