{{ config(tags=["full"]) }}
-- Fails with one row for each client, item or day whose figures do not add up.
-- Why: the product's promise is that balance = open items = aging + unapplied = activity, to the
-- cent (ledger rules 1 to 4). Not checked here: that the input itself is right.
select * from {{ ref('integrity') }}
