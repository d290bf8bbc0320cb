"""Reminders that are due are decided and queued; the daily mail to the staff."""
