"""What one client may do on its page, where that is not what all of the company's clients may."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import streamlit as st

from cartera.notices.rights import RIGHTS, Right
from cartera.portfolio import ClientRecord
from cartera.store import client_rights
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CLIENT
from streamlit_app.staff.sections.right_words import RIGHT_WORDS
from streamlit_app.staff.sections.said import do, done

#: The dialog's name in the address.
RIGHTS_OPEN = "rights"
Choice = Literal["company", "yes", "no"]
CHOICES: tuple[Choice, ...] = ("company", "yes", "no")


def of(here: Here, client_id: str) -> dict[str, Any]:
    """What the record's template shows."""
    found = client_rights.of_client(here.store, here.company.id, client_id)
    own = client_rights.own_of(here.store, here.company.id, client_id)
    return {
        "rows": [
            {
                "name": here.t(RIGHT_WORDS[name][0]),
                "may": found.may(name),
                "is_own": name in own,
            }
            for name in RIGHTS
        ],
        "edit": href(CLIENT.path, {"client": client_id}, **{RIGHTS_OPEN: "1"})
        if here.person.may("clients")
        else "",
    }


def draw(here: Here, record: ClientRecord) -> None:
    """The dialog, where the address asks for it."""
    if here.asked.get(RIGHTS_OPEN) and here.person.may("clients"):
        title = here.t("What this client may do")
        st.dialog(title, on_dismiss=_leave)(partial(_edit, here, record.client_id))()


def _edit(here: Here, client_id: str) -> None:
    company = client_rights.of_company(here.store, here.company.id)
    own = client_rights.own_of(here.store, here.company.id, client_id)
    chosen: dict[Right, str | None] = {}
    with st.form("client_rights", border=False):
        for name in RIGHTS:
            words = {
                "company": here.t("As the company: yes" if company.may(name) else
                                  "As the company: no"),
                "yes": here.t("Yes"),
                "no": here.t("No"),
            }  # fmt: skip
            start: Choice = "company" if name not in own else "yes" if own[name] else "no"
            chosen[name] = st.segmented_control(
                here.t(RIGHT_WORDS[name][0]), CHOICES, default=start,
                format_func=words.__getitem__, key=f"own_{name}",
            )  # fmt: skip
        pressed = st.form_submit_button(here.t("Save"), type="primary")
    if pressed:
        changes = {name: one == "yes" for name, one in chosen.items() if one in ("yes", "no")}
        do(
            here,
            lambda: client_rights.save_client(
                here.store, here.company.id, client_id, changes, by=here.person, now=here.now
            ),
            lambda _: done("The client is saved.", rights=None),
        )


def _leave() -> None:
    st.query_params.pop(RIGHTS_OPEN, None)
