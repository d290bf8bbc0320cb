"""Raw becomes staging, ledger and marts: every dbt model an asset, every test a check."""
