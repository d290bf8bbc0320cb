"""What people do to schedules: asked by the address, confirmed by a person in a dialog."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Literal

import streamlit as st

from cartera import clock
from cartera.errors import CarteraError, Forbidden, NotFound
from cartera.mail import plan
from cartera.mail.outgoing import Order
from cartera.mail.plan import PlanRow
from cartera.schedules import run
from cartera.schedules.coming import coming
from cartera.store import schedules
from cartera.store.schedules import Schedule
from streamlit_app.staff import address
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections import composed_preview, schedule_form
from streamlit_app.staff.sections.said import done

#: Names in the address, and what their dialogs are called.
TITLES = {
    "new": "New scheduled mailing",
    "edit": "Edit the scheduled mailing",
    "switch": "Switch on or off",
    "delete": "Delete the scheduled mailing",
    "hold": "Hold back a client",
    "release": "Put a client back",
    "preview": "Preview",
}
WIDE = ("new", "edit", "preview")


def draw(here: Here) -> None:
    """Open the dialog that the address asks for, if this person may use it."""
    action = next((name for name in TITLES if here.asked.get(name)), None)
    if action is None:
        return
    if action != "preview" and not here.person.may("mail"):
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
        return
    one = None
    if action != "new":
        try:
            public_id = address.text(here.asked, "schedule")
            one = schedules.get(here.store, here.company.id, public_id)
        except NotFound:
            return  # the page says so
    width: Literal["large", "small"] = "large" if action in WIDE else "small"
    dialog = st.dialog(here.t(TITLES[action]), width=width, on_dismiss=_leave)
    if one is None or action == "edit":
        dialog(partial(schedule_form.draw, here, one))()
        return
    drawers: dict[str, Callable[[Here, Schedule], None]] = {
        "switch": _switch,
        "delete": _delete,
        "hold": _hold,
        "release": _release,
        "preview": _preview,
    }
    dialog(partial(drawers[action], here, one))()


def _switch(here: Here, one: Schedule) -> None:
    if one.is_on:
        st.write(here.t("Nothing goes out until somebody switches it on again."))
    else:
        st.write(here.t("It goes out from its next day on. Days that passed are not made up for."))
    title = here.t("Switch off" if one.is_on else "Switch on")
    if st.button(title, type="primary", key="confirm_action"):
        _do(
            here,
            lambda: schedules.switch(
                here.store, here.company.id, one.public_id, not one.is_on,
                by=here.person, now=clock.now(),
            ),
            "It is switched off." if one.is_on else "It is switched on.",
        )  # fmt: skip


def _delete(here: Here, one: Schedule) -> None:
    st.write(here.t("Nothing of it goes out any more. What was sent stays in the list."))
    if st.button(here.t("Delete"), type="primary", key="confirm_action"):
        _do(
            here,
            lambda: schedules.delete(
                here.store, here.company.id, one.public_id, by=here.person, now=here.now
            ),
            "The scheduled mailing is deleted.",
            schedule=None,
        )


def _hold(here: Here, one: Schedule) -> None:
    client_id = address.text(here.asked, "hold")
    planned = _planned(here, one)
    _name(here, client_id)
    only_this = here.t("Only the next one")
    always = here.t("Always, until somebody puts it back")
    chosen = st.radio(
        here.t("What does it not get?"), [only_this, always] if planned else [always],
        key="hold_which",
    )  # fmt: skip
    day = planned if chosen == only_this else None
    if st.button(here.t("Hold back"), type="primary", key="confirm_action"):
        _do(
            here,
            lambda: schedules.hold(
                here.store, here.company.id, one.public_id, client_id,
                planned=day, by=here.person, now=here.now,
            ),
            "The client is held back.",
        )  # fmt: skip


def _release(here: Here, one: Schedule) -> None:
    client_id = address.text(here.asked, "release")
    planned = _planned(here, one)
    _name(here, client_id)
    st.write(here.t("It gets this schedule's mailings again, from the next one on."))
    if st.button(here.t("Put back"), type="primary", key="confirm_action"):

        def release() -> None:
            for day in {planned, None}:
                schedules.release(
                    here.store, here.company.id, one.public_id, client_id,
                    planned=day, by=here.person, now=here.now,
                )  # fmt: skip

        _do(here, release, "The client is back.")


def _preview(here: Here, one: Schedule) -> None:
    client_id = address.text(here.asked, "preview")
    row = plan.plan_one(
        here.reader, here.store, here.company, client_id, kind="statement", as_of=here.today
    )
    if row is None or not row.recipients:
        st.info(here.t("Nobody of this client gets statements."))
        return
    st.markdown(f"**{plain(row.name)}**")
    people = [contact.shown for contact in row.recipients]
    chosen = people[0]
    if len(people) > 1:
        chosen = st.selectbox(here.t("Recipient"), people, key="schedule_to") or chosen
    composed_preview.preview(here, _order(here, one, row, people.index(chosen)))


def _order(here: Here, one: Schedule, row: PlanRow, n: int) -> Order:
    """What the composer would be asked for; the links in it lead nowhere."""
    contact = row.recipients[n]
    language = plan.spoken(contact.language, row.language)
    link = composed_preview.link(here)
    return Order(
        kind="statement",
        client_id=row.client_id,
        contact=contact.name,
        address=contact.address,
        language=language,
        content=run.content(here.store, one, language),
        link=link,
        unsubscribe=link,
    )


def _planned(here: Here, one: Schedule) -> date | None:
    found = coming(here.store, one, here.company, now=here.now)
    return found[0].occurrence.planned if found else None


def _name(here: Here, client_id: str) -> None:
    names = here.client_names([client_id])
    st.markdown(f"**{plain(names.get(client_id, client_id))}**")


def _do(here: Here, act: Callable[[], object], sentence: str, **dropped: None) -> None:
    try:
        act()
    except Forbidden:
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
    except NotFound:
        st.error(here.t("There is no such schedule."))
    except CarteraError:
        st.error(here.t("That could not be done. Check what was written and try again."))
    else:
        done(sentence, **dict.fromkeys(TITLES), **dropped)


def _leave() -> None:
    for name in TITLES:
        st.query_params.pop(name, None)
