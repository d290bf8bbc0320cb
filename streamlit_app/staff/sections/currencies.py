"""The currencies in which something is open, so that a filter offers no empty choice."""

from __future__ import annotations

from streamlit_app.staff import figures
from streamlit_app.staff.here import Here


def currencies(here: Here) -> list[str]:
    """Codes of today's totals."""
    found = figures.aging(here.company.id, here.today, here.company.aging_basis)
    return [total.currency for total in found.totals]
