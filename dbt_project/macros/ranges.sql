{#- Ledger rule 4, said once: how old an open item is on a day, and which range that is. Both expect
    `basis` and `limits` (parameters of the table function that uses them). -#}

{% macro age_on(day) -%}
    case basis when 'issue_date' then {{ day }} - issue_date else {{ day }} - due_date end
{%- endmacro %}

{#- Receivables fall in a range; payments and credit notes that settle nothing yet, and refunds not
    yet matched with them, are money in hand (-1). -#}
{% macro range_of_age() -%}
    case
        when not is_receivable then -1
        when basis = 'issue_date'
            then len(list_filter(limits, lambda upper_limit: age_days > upper_limit))
        when age_days <= 0 then 0
        else 1 + len(list_filter(limits, lambda upper_limit: age_days > upper_limit))
    end
{%- endmacro %}
