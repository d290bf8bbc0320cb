"""Page "Configuración"."""

from __future__ import annotations

from streamlit_app.staff.here import Here


def draw(here: Here) -> None:
    """Nothing yet."""
