"""The queries behind statements, on the marts at one snapshot.

Definitions (what is open, which range, which status) are the marts'; these select the rows of one
client or of several and let SQL add them up. Parameters are in the order of the question marks;
`{whose}` is `ONE` or `SEVERAL`.

DuckLake looks up file statistics in its catalog for every column that is compared to a value,
some 2 ms each. Only the client picks files (tables are partitioned by it), so the company is
compared as `company_id || ''` and days as `day + 0`, which says the same and looks nothing up.
"""

#: One client is in one file; for several, reading all of a table once costs less than finding each.
ONE = "client_id = ?"
SEVERAL = "list_contains(?::VARCHAR[], client_id)"

OPEN_ITEMS = """
    SELECT
        client_id, item_kind, item_id, item_type, number, reference, purchase_order, url, currency,
        nullif(instalment, 0), instalment_amount, total_amount, open_amount, bucket,
        is_disputed, is_overdue,
        issue_date, due_date, days_overdue,
        item_open_amount, total_amount - item_open_amount, status,
        sum(open_amount) OVER section AS section_total,
        coalesce(sum(open_amount) FILTER (WHERE bucket = -1) OVER section, 0),
        coalesce(sum(open_amount) FILTER (WHERE is_overdue) OVER section, 0),
        sum(open_amount) OVER (PARTITION BY client_id, currency, bucket) AS bucket_total
    FROM lake.marts.aging_items(?::DATE, ?, ?::INTEGER[])
    WHERE company_id || '' = ? AND {whose}
    WINDOW section AS (PARTITION BY client_id, currency)
    ORDER BY currency, bucket = -1, due_date, issue_date, number, item_id, instalment
"""

#: What was applied to the items asked for, and payments dated after the day: one scan for both.
MOVEMENTS = """
    SELECT
        client_id, item_kind, item_id, movement_date, kind, amount, side = 'target',
        counterpart_id, counterpart_number, reference, label, currency, allocation_id IS NULL
    FROM lake.marts.ledger
    WHERE company_id || '' = ? AND {whose} AND (
        (
            allocation_id IS NOT NULL AND movement_date + 0 <= ?
            AND item_id IN (SELECT unnest(?::VARCHAR[]))
        )
        OR (side = 'opening' AND item_kind = 'payment' AND kind <> 'void' AND movement_date + 0 > ?)
    )
    ORDER BY movement_date, allocation_id, item_id
"""

#: Every currency of the account, with what may have nothing open in it: documents that were void on
#: the day, and (where asked for) all documents and payments that count, and void payments. What is
#: not open as of the day is settled, so no amount has to be computed for it.
CLOSED_ITEMS = """
    SELECT
        client_id, currency,
        list((
            item_kind, item_id, item_type, number, reference, purchase_order, url, total_amount,
            is_void_then, is_disputed, issue_date, due_date, as_of - due_date
        ) ORDER BY issue_date DESC, number DESC, item_id DESC) FILTER (
            CASE item_kind WHEN 'payment' THEN ? ELSE is_void_then OR ? END
            AND (?::DATE IS NULL OR issue_date >= ?::DATE)
        )
    FROM (
        SELECT *, is_void AND coalesce(voided_on <= as_of, true) AS is_void_then
        FROM lake.marts.all_items, (SELECT ?::DATE AS as_of)
        WHERE company_id || '' = ? AND {whose} AND issue_date + 0 <= as_of AND (counts OR is_void)
    )
    GROUP BY client_id, currency
"""

#: Lines of the period, and each currency's first line ever: so a currency without a line in the
#: period has its balances too.
LINES = """
    SELECT
        currency, line_date, line_type, number, counterpart_number, reference, purchase_order,
        document_id, label, amount, balance, is_void, opening_balance, closing_balance, is_before
    FROM lake.marts.activity(?, ?, ?::DATE, ?::DATE)
    WHERE NOT is_before OR position = 1
    ORDER BY currency, position
"""

# Clients lie in one file or few: a look into the catalog costs more than reading them.
CLIENTS = """
    SELECT client_id, name, tax_id, phone, emails, language FROM lake.marts.clients
    WHERE company_id || '' = ? AND list_contains(?::VARCHAR[], client_id)
"""
