{#-
  Materialization `keyed`: a table that is brought up to date by key.

  Built-in delete+insert only deletes keys that come back with rows; here a key may vanish (an
  item that is settled has no open row any more). So a model names the keys that changed
  (`changed`, a query over its upstream), the old rows of these keys go, and the model's SQL,
  which restricts itself with `only_changed`, brings the new ones. Both in one transaction.

  config: keys (columns), changed (name of a macro that gives the changed keys; without it, all
          rows are replaced), partitioned_by / sorted_by (DuckLake expressions, set when the table
          is created).

  A changed run changes no table's definition: DuckLake reads all of them anew after each change
  of one, in every process that reads the lake.
-#}
{% materialization keyed, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set keys = config.require('keys') -%}
    {%- set changed = config.get('changed') -%}
    {%- set partitioned_by = config.get('partitioned_by') -%}
    {%- set sorted_by = config.get('sorted_by') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if is_changed_run() %}
        {% call statement('main') -%}
            delete from {{ target_relation }} as kept
            {%- if changed %}
            using ({{ context[changed]() }}) as changed
            where {% for key in keys -%}
                kept.{{ key }} = changed.{{ key }}{{ ' and ' if not loop.last }}
            {%- endfor %}
            {%- endif %};
            insert into {{ target_relation }} by name ({{ sql }});
        {%- endcall %}
    {% else %}
        {% call statement('main') -%}
            create or replace table {{ target_relation }} as select * from ({{ sql }}) limit 0;
            {% if partitioned_by -%}
            alter table {{ target_relation }} set partitioned by ({{ partitioned_by }});
            {% endif -%}
            {% if sorted_by -%}
            alter table {{ target_relation }} set sorted by ({{ sorted_by }});
            {% endif -%}
            {# A row that comes and goes, for its statistics: see the lake's migration m0004. -#}
            insert into {{ target_relation }} by name (select null as {{ keys[0] }});
            delete from {{ target_relation }};
            insert into {{ target_relation }} by name (
                select * from ({{ sql }})
                {% if sorted_by %}order by {{ sorted_by }}{% endif %}
            );
        {%- endcall %}
    {% endif %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- True when only what later batches touched is computed. The refresh decides it, for all models
    alike: `since` is the last batch of the published figures, and a rebuild passes -1. -#}
{% macro is_changed_run() %}
    {{ return(var('since') | int >= 0 and not flags.FULL_REFRESH) }}
{% endmacro %}

{#- A condition that keeps a full build whole and restricts a changed run to the changed keys. -#}
{% macro only_changed(changed, keys, alias) %}
    {%- if is_changed_run() or not execute -%}
    ({% for key in keys %}{{ alias }}.{{ key }}{{ ', ' if not loop.last }}{% endfor %}) in (
        select {{ keys | join(', ') }} from ({{ context[changed]() }})
    )
    {%- else -%}
    true
    {%- endif -%}
{% endmacro %}
