{#- Fails with each row that lacks one of the columns: dbt's `not_null` for several at once, so that
    a table is read once. -#}
{% test never_null(model, columns) %}
    select {{ columns | join(', ') }}
    from {{ model }}
    where {% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
