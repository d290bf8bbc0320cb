"""Keeping the history of runs bounded."""
