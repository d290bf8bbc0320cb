{# The smallest amount of each currency: what an amount must be a multiple of. #}
{% macro quanta() %}
    select
        currency,
        cast(
            case decimals when 0 then 1 when 1 then 0.1 when 2 then 0.01 when 3 then 0.001
                else 0.0001 end as decimal(18, 4)
        ) as quantum
    from {{ source('raw', 'currencies') }}
{% endmacro %}
