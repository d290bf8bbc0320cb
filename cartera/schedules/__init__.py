"""Statements that go out by themselves, on days that a company chose."""
