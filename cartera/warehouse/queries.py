"""The queries behind a statement, on the marts at one snapshot.

Definitions (what is open, which range, which status) are the marts'; these select one client's
rows and let SQL add them up. Parameters are in the order of the question marks.

DuckLake looks up file statistics in its catalog for every column that is compared to a value,
some 2 ms each. Only the client picks files (tables are partitioned by it), so the company is
compared as `company_id || ''` and days as `day + 0`, which says the same and looks nothing up.
"""

OPEN_ITEMS = """
    SELECT
        item_kind, item_id, item_type, number, reference, url, currency, instalment,
        instalment_amount, total_amount, open_amount, bucket, is_disputed, is_overdue,
        is_due_at_issue, issue_date, due_date, days_overdue,
        sum(open_amount) OVER item AS item_open,
        total_amount - sum(open_amount) OVER item AS item_applied,
        CASE WHEN sum(open_amount) OVER item = total_amount THEN 'open' ELSE 'partial' END,
        sum(open_amount) OVER section AS section_total,
        coalesce(sum(open_amount) FILTER (WHERE bucket = -1) OVER section, 0),
        coalesce(sum(open_amount) FILTER (WHERE is_overdue) OVER section, 0),
        sum(open_amount) OVER (PARTITION BY currency, bucket) AS bucket_total
    FROM lake.marts.aging_items(?::DATE, ?, ?::INTEGER[])
    WHERE company_id || '' = ? AND client_id = ?
    WINDOW item AS (PARTITION BY item_kind, item_id), section AS (PARTITION BY currency)
    ORDER BY currency, bucket = -1, due_date, issue_date, number, item_id, instalment
"""

#: What was applied to the items asked for, and payments dated after the day: one scan for both.
MOVEMENTS = """
    SELECT
        item_kind, item_id, movement_date, kind, amount, side = 'target', counterpart_id,
        counterpart_number, reference, label, currency, allocation_id IS NULL
    FROM lake.marts.ledger
    WHERE company_id || '' = ? AND client_id = ? AND (
        (allocation_id IS NOT NULL AND movement_date <= ? AND list_contains(?::VARCHAR[], item_id))
        OR (allocation_id IS NULL AND item_kind = 'payment' AND movement_date > ?)
    )
    ORDER BY movement_date, allocation_id, item_id
"""

#: Every currency of the account, with what has nothing open in it: void documents, and (where asked
#: for) settled documents, settled payments and void payments. What is not open as of the day and
#: counts is settled, so no amount has to be computed for it.
CLOSED_ITEMS = """
    SELECT
        currency,
        list({
            'item_kind': item_kind, 'item_id': item_id, 'item_type': item_type, 'number': number,
            'reference': reference, 'url': url, 'total': total_amount, 'is_void': is_void,
            'is_disputed': is_disputed, 'issue_date': issue_date, 'due_date': due_date,
            'days_overdue': ?::DATE - due_date
        } ORDER BY issue_date, number, item_id) FILTER (
            CASE item_kind WHEN 'payment' THEN ? ELSE is_void OR ? END
            AND (?::DATE IS NULL OR issue_date >= ?::DATE)
            AND (is_void OR NOT list_contains(?::VARCHAR[], item_kind || ' ' || item_id))
        )
    FROM lake.marts.all_items
    WHERE company_id || '' = ? AND client_id = ? AND issue_date + 0 <= ? AND (counts OR is_void)
    GROUP BY currency
"""

LINES = """
    SELECT
        currency, line_date, line_type, number, counterpart_number, reference, document_id,
        label, amount, balance, is_void
    FROM lake.marts.activity(?, ?, ?::DATE, ?::DATE)
    WHERE NOT is_before
    ORDER BY currency, position
"""

BALANCES = """
    SELECT currency, any_value(opening_balance), any_value(closing_balance)
    FROM lake.marts.activity(?, ?, ?::DATE, ?::DATE)
    GROUP BY currency ORDER BY currency
"""

# Clients lie in one file or few: a look into the catalog costs more than reading them.
CLIENT = """
    SELECT name, tax_id, phone, emails, language FROM lake.marts.clients
    WHERE company_id || '' = ? AND client_id || '' = ?
"""
