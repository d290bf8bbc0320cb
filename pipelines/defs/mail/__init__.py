"""Messages that are due leave; reports on them come back."""
