"""Page "Envíos programados": statements that go out by themselves, all of them or one."""

from __future__ import annotations

from streamlit_app.staff import address
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections import schedule_dialogs, schedule_list, schedule_view
from streamlit_app.staff.sections.mail_state import say_mail_state


def draw(here: Here) -> None:
    """The list, or the schedule that the address names."""
    schedule_dialogs.draw(here)
    say_mail_state(here)
    public_id = address.text(here.asked, "schedule")
    if public_id:
        schedule_view.draw(here, public_id)
    else:
        schedule_list.draw(here)
