"""Filters live in `cartera.filters`; these names stay until no page asks for them here."""

from __future__ import annotations

from cartera.filters import STATUSES, Filters, bucket_names, select
from cartera.statement import Statement

__all__ = ["STATUSES", "Filters", "apply", "bucket_names"]


def apply(statement: Statement, filters: Filters) -> tuple[Statement, int, int]:
    """The statement with the chosen items only; how many are listed, and how many there are."""
    chosen = select(statement, filters)
    listed = sum(len(section.items) for section in chosen.sections)
    return chosen, listed, sum(len(section.items) for section in statement.sections)
