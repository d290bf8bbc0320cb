{#- Ledger rule 4, said once: how old an open item is on a day, and which range that is. Both expect
    `basis` and `limits` (parameters of the table function that uses them). -#}

{% macro age_on(day) -%}
    case basis when 'issue_date' then {{ day }} - issue_date else {{ day }} - due_date end
{%- endmacro %}

{#- What is owed falls in a range; the rest is money in hand (-1): payments and credit notes that
    settle nothing yet, refunds not yet matched with them, and what was applied to a document beyond
    its total. -#}
{% macro range_of_age() -%}
    case
        when not is_owed then -1
        when basis = 'issue_date'
            then len(list_filter(limits, lambda upper_limit: age_days > upper_limit))
        when age_days <= 0 then 0
        else 1 + len(list_filter(limits, lambda upper_limit: age_days > upper_limit))
    end
{%- endmacro %}

{#- Whether something open is owed: a receivable of which something is left to pay. -#}
{% macro is_owed(open_amount) -%}
    is_receivable and {{ open_amount }} > 0
{%- endmacro %}

{#- Ledger rule 6, of an item's signed total and what is open of it (same sign while something is
    left). -#}
{% macro status_of(total, open_amount) -%}
    case
        when sign({{ total }}) * {{ open_amount }} <= 0 then 'paid'
        when abs({{ open_amount }}) >= abs({{ total }}) then 'open'
        else 'partial'
    end
{%- endmacro %}
