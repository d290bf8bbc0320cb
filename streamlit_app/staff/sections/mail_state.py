"""What holds mail back or leads it elsewhere, said on top of the pages about mail."""

from __future__ import annotations

from cartera.mail.profile import MailProfile
from cartera.store import companies
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import MAILBOX
from streamlit_app.staff.sections.html import show


def say_mail_state(here: Here) -> MailProfile:
    """Say whether mail is off, or goes to one address or into a folder; how the company writes."""
    profile = companies.mail_profile(here.store, here.company.id)
    text, tone = _state(here, profile)
    if text:
        boxed = here.settings.mail_transport == "folder" and here.person.may(MAILBOX.act)
        show(here, "mail_state", text=text, tone=tone, box=MAILBOX.path if boxed else "")
    return profile


def _state(here: Here, profile: MailProfile) -> tuple[str, str]:
    transport = here.settings.mail_transport
    if transport == "off":
        return here.t(
            "This installation sends no mail yet: what is queued waits until it is set up."
        ), "warn"
    if not profile.is_on:
        return here.t("Mail of this company is switched off: what is queued waits."), "warn"
    if profile.test_address:
        return here.t(
            "Test mode: everything goes to {address} instead.", address=profile.test_address
        ), "warn"
    if transport == "folder":
        return here.t("Demo: messages go into a folder, and no client receives them."), ""
    return "", ""
