{#- A client's field: what a person wrote in it wins over every file, also one that comes later.
    Expects `files` and `edits`. -#}
{% macro edited(field, column) -%}
    case when list_contains(edits.edited_fields, '{{ field }}')
        then edits.{{ column }} else files.{{ column }} end
{%- endmacro %}
