"""Parts of the staff pages, one noun per module."""
