"""Reminders: rules, the hours in which people may be written to, and the decision."""
