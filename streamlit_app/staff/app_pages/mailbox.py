"""Page "Buzón": the messages of the folder that the demo sends into."""

from __future__ import annotations

from streamlit_app.staff.here import Here


def draw(here: Here) -> None:
    """Nothing yet."""
