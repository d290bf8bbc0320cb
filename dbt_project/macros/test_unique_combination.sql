{#- Fails with each combination of the columns that stands in more than one row. DuckLake has no
    keys, so this is where uniqueness is proved. Nulls count as equal. -#}
{% test unique_combination(model, columns) %}
    select {{ columns | join(', ') }}, count(*) as row_count
    from {{ model }}
    group by all
    having count(*) > 1
{% endtest %}
