"""Keeping the lake small and quick."""
