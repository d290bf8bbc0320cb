"""Page "Envío masivo": choose clients, prepare their messages, look at them, send."""

from __future__ import annotations

from streamlit_app.staff import address
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections import bulk_choice, mailing_actions, mailing_view
from streamlit_app.staff.sections.mail_state import say_mail_state


def draw(here: Here) -> None:
    """The mailing that the address names, or the choice for a new one."""
    mailing_actions.draw(here)
    say_mail_state(here)
    public_id = address.text(here.asked, "mailing")
    if public_id:
        mailing_view.draw(here, public_id)
    else:
        bulk_choice.draw(here)
