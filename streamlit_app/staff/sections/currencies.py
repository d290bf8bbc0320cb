"""The currencies in which something is open, so that a filter offers no empty choice."""

from __future__ import annotations

from datetime import date

from cartera.aging import Aging
from cartera.config import Basis
from streamlit_app.staff import figures
from streamlit_app.staff.here import Here


def currencies(here: Here) -> list[str]:
    """Codes of today's totals."""
    return [total.currency for total in aged(here, here.today).totals]


def aged(here: Here, as_of: date, basis: Basis | None = None) -> Aging:
    """Aging of all the company's clients."""
    return figures.aging(here.company.id, as_of, basis or here.company.aging_basis)
