"""Payments on clients' pages: what gateways say of them, and what the ledger gets."""
