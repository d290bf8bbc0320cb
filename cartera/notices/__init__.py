"""What clients tell the company on their pages: payments, promises, disputes, comments."""
