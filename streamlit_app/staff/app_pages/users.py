"""Page "Usuarios": who may enter, as what; for administrators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from cartera.errors import CarteraError, Forbidden, NotFound
from cartera.people import ROLES, Role
from cartera.store import sessions, users
from cartera.store.users import User
from streamlit_app.staff import address
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import USERS
from streamlit_app.staff.sections.heading import ROLE_WORDS
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.said import done

ACTIONS = ("add", "change")
#: What stands in the core's refusals, and how it is said here.
REFUSED = (
    (
        "a login has",
        "The user has 2 to 64 characters: letters without accents, digits, and . _ @ + -",
    ),
    ("a name has", "Write the full name, up to 120 characters."),
    ("not a mail address", "That is not a mail address."),
    ("already taken", "That user or mail address is already taken."),
    (
        "a password or a mail address",
        "Give a password or a mail address, or nobody could enter.",
    ),
    (
        "last active administrator",
        "This is the last active administrator; somebody has to be able to manage users.",
    ),
    (
        "password",
        "The password is too easy to guess or too short; use at least 12 characters.",
    ),
)


def draw(here: Here) -> None:
    """The list; adding and changing are asked in dialogs."""
    found = users.list_users(here.store, here.company.id)
    live = sessions.list_sessions(here.store, here.company.id, now=here.now)
    open_sessions = Counter(session.person.login for session in live)
    changed = address.text(here.asked, "change")
    if here.asked.get("add"):
        st.dialog(here.t("Add a user"), on_dismiss=_leave)(partial(_add, here))()
    elif changed:
        user = next((user for user in found if user.login == changed), None)
        if user is None:
            st.error(here.t("There is no such user."))
        else:
            st.dialog(user.name or user.login, on_dismiss=_leave)(
                partial(_change, here, user, open_sessions[user.login])
            )()
    show(
        here,
        "users",
        add=href(USERS.path, {"add": "1"}),
        rows=[_row(here, user, open_sessions[user.login]) for user in found],
    )


def _row(here: Here, user: User, open_sessions: int) -> dict[str, Any]:
    active = user.disabled_at is None
    return {
        "login": user.login,
        "name": user.name or user.login,
        "about": " · ".join(part for part in (user.login, user.email) if part),
        "role": here.t(ROLE_WORDS.get(user.role, user.role)),
        "state": here.t("Active" if active else "Disabled"),
        "tone": "credit" if active else "late",
        "seen": here.moment(user.last_sign_in_at) or here.t("Never"),
        "sessions": open_sessions,
        "change": href(USERS.path, {"change": user.login}),
    }


def _add(here: Here) -> None:
    with st.form("add_user", border=False):
        login = st.text_input(here.t("User"), max_chars=64, autocomplete="off")
        name = st.text_input(here.t("Full name"), max_chars=120, autocomplete="off")
        email = st.text_input(here.t("Mail"), max_chars=254, autocomplete="off")
        role = _role(here, "reader")
        password = st.text_input(
            here.t("Password"), type="password", max_chars=200, autocomplete="new-password"
        )
        if st.form_submit_button(here.t("Add a user"), type="primary"):
            _do(
                here,
                lambda: users.create(
                    here.store,
                    login=login,
                    name=name,
                    email=email.strip() or None,
                    role=role,
                    company_id=here.company.id,
                    password=password or None,
                    by=here.person,
                    now=here.now,
                ),
                "The user can enter now.",
            )


def _change(here: Here, user: User, open_sessions: int) -> None:
    by, now = here.person, here.now
    where = (here.store, here.company.id, user.login)
    role = _role(here, user.role)
    if st.button(here.t("Save role"), type="primary", disabled=role == user.role):
        _do(here, lambda: users.set_role(*where, role, by, now), "The role is changed.")
    email = st.text_input(
        here.t("Mail"), user.email or "", max_chars=254, autocomplete="off", key="email"
    )
    if st.button(here.t("Save mail"), disabled=email.strip() == (user.email or "")):
        _do(
            here,
            lambda: users.set_email(*where, email.strip(), by, now),
            "The mail address is changed.",
        )
    daily = st.toggle(
        here.t("Gets the daily mail"), user.wants_daily_mail, disabled=not user.email, key="daily"
    )
    if daily != user.wants_daily_mail:
        _do(
            here,
            lambda: users.set_daily_mail(*where, daily, by, now),
            "The daily mail is changed.",
        )
    password = st.text_input(
        here.t("New password"), type="password", max_chars=200, autocomplete="new-password"
    )
    if st.button(here.t("Change password"), disabled=not password):
        _do(
            here,
            lambda: users.set_password(*where, password, by, now),
            "The password is changed, and every session of that user has ended.",
        )
    st.divider()
    if st.button(here.t("End sessions ({n})", n=open_sessions), disabled=not open_sessions):
        _do(here, lambda: sessions.end_all(*where, by, now), "The sessions have ended.")
    if user.disabled_at is None:
        if st.button(here.t("Disable"), key="disable"):
            _do(here, lambda: users.disable(*where, by, now), "The user cannot enter any more.")
    elif st.button(here.t("Enable"), key="enable"):
        _do(here, lambda: users.enable(*where, by, now), "The user can enter now.")


def _role(here: Here, chosen: Role) -> Role:
    return st.radio(
        here.t("Role"),
        ROLES,
        index=ROLES.index(chosen),
        format_func=lambda role: here.t(ROLE_WORDS.get(role, role)),
        captions=[here.t(ROLE_SAYS[role]) for role in ROLES],
        key="role",
    )


ROLE_SAYS: dict[Role, str] = {
    "administrator": "May do everything: mail, links, files, settings, users",
    "reader": "Looks at everything and changes nothing",
}


def _do(here: Here, act: Callable[[], object], sentence: str) -> None:
    try:
        act()
    except Forbidden:
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
    except NotFound:
        st.error(here.t("There is no such user."))
    except CarteraError as error:
        st.error(here.t(explained(str(error))))
    else:
        done(sentence, **dict.fromkeys(ACTIONS))


def explained(message: str) -> str:
    """What the core refused, said to a person; the core's own words are for a terminal."""
    other = "That could not be done. Check what was written and try again."
    return next((words for part, words in REFUSED if part in message), other)


def _leave() -> None:
    for name in ACTIONS:
        st.query_params.pop(name, None)
