"""Paying from the statement: what is paid, what the gateway says, what the ledger gets."""
