"""Files, and later databases and APIs, turned into the contract's five tables."""
