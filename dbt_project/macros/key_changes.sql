{#- What of a row is not as its key was first known (`current_version`): words with `;` between
    them, or null. -#}
{% macro key_changes(columns) %}
    nullif(concat_ws(';',
        {%- for word, column in columns.items() %}
        if(first_known.{{ column }} <> {{ column }}, '{{ word }}', null){{ ',' if not loop.last }}
        {%- endfor %}
    ), '')
{%- endmacro %}
