"""Statements that go out by the calendar."""
