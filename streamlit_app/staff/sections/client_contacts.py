"""A client's contacts: the list on the record, and the dialog that adds, edits or removes one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from cartera.i18n import LANGUAGES
from cartera.mail.outgoing import CLIENT_KINDS, Kind
from cartera.portfolio import ClientRecord
from cartera.store import contacts, stopped
from cartera.store.contacts import Contact, Origin
from cartera.store.stopped import Stop
from streamlit_app.staff import address, language
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CLIENT
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections.message_words import kind_of
from streamlit_app.staff.sections.said import do, done

CONTACT, REMOVED = "contact", "removed"
NEW = "new"
ORIGIN_WORDS: dict[Origin, str] = {
    "file": "From the file",
    "edited": "Edited",
    "hand": "By hand",
}


def of(here: Here, record: ClientRecord) -> tuple[Contact, ...]:
    """The client's contacts as they hold now."""
    mine = {record.client_id: (record.emails, record.language)}
    return contacts.contacts_of(here.store, here.company.id, mine)[record.client_id]


def rows(here: Here, record: ClientRecord) -> list[dict[str, Any]]:
    """What the record lists of each contact."""
    found = of(here, record)
    stops = stopped.stopped(here.store, here.company.id, [each.address for each in found])
    may = here.person.may("clients")
    return [
        {
            "name": each.name,
            "address": each.address,
            "origin": here.t(ORIGIN_WORDS[each.origin]),
            "by_hand": each.origin != "file",
            "kinds": _kinds_words(here, each),
            "language": language.NAMES.get(each.language, ""),
            "stops": [_stop_words(here, stop) for stop in stops.get(each.address, [])],
            "edit": _here(record, **{CONTACT: each.address}) if may else "",
        }
        for each in found
    ]


def links(here: Here, record: ClientRecord) -> dict[str, Any]:
    """What else the list shows: the way to a new one, what is wrong, what was removed."""
    may = here.person.may("clients")
    gone = contacts.removed(here.store, here.company.id, record.client_id)
    return {
        "add": _here(record, **{CONTACT: NEW}) if may else "",
        "wrong": contacts.wrong_addresses(record.emails),
        "removed": [
            {"address": each.address, "href": _here(record, **{REMOVED: each.address})}
            for each in gone
            if may
        ],
    }


def draw(here: Here, record: ClientRecord) -> None:
    """The dialog that the address asks for."""
    asked, gone = address.text(here.asked, CONTACT), address.text(here.asked, REMOVED)
    if not (asked or gone):
        return
    if not here.person.may("clients"):
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
        return
    if gone:
        title = here.t("Bring the contact back")
        st.dialog(title, on_dismiss=_leave)(partial(_restore, here, record, gone))()
        return
    found = next((each for each in of(here, record) if each.address == asked), None)
    if found is None and asked != NEW:
        st.error(here.t("There is no such contact."))
        return
    title = here.t("New contact") if found is None else here.t("Edit contact")
    st.dialog(title, on_dismiss=_leave)(partial(_edit, here, record, found))()


def _edit(here: Here, record: ClientRecord, found: Contact | None) -> None:
    if found is not None:
        _resuming(here, found)
    key = found.address if found else NEW
    with st.form("contact", border=False):
        written = st.text_input(
            here.t("Mail"),
            found.address if found else "",
            max_chars=254,
            key=f"contact_address_{key}",
            autocomplete="off",
        )
        name = st.text_input(
            here.t("Full name"),
            found.name if found else "",
            max_chars=100,
            key=f"contact_name_{key}",
            autocomplete="off",
        )
        options = ("", *LANGUAGES)
        kept = found.language if found and found.language != record.language else ""
        speaks = st.selectbox(
            here.t("Language"),
            options,
            index=options.index(kept) if kept in options else 0,
            format_func=lambda code: language.NAMES.get(code, here.t("The client's")),
            key=f"contact_language_{key}",
        )
        st.markdown(f"**{here.t('Gets')}**")
        wanted: list[Kind] = [
            kind
            for kind in CLIENT_KINDS
            if st.checkbox(
                kind_of(here, kind),
                value=found is None or found.wants(kind),
                key=f"contact_{kind}_{key}",
            )
        ]
        pressed = st.form_submit_button(here.t("Save"), type="primary")
    if pressed:
        do(
            here,
            lambda: contacts.save(
                here.store,
                here.company.id,
                record.client_id,
                written,
                name=name,
                language=speaks or "",
                kinds=wanted,
                was=found.address if found else "",
                by=here.person,
                now=here.now,
            ),
            lambda _: done("The contact is saved.", contact=None),
        )
    if found is not None:
        _ways_out(here, record, found)


def _ways_out(here: Here, record: ClientRecord, found: Contact) -> None:
    """Removing the contact, and taking it back to what the file says."""
    where = (here.store, here.company.id, record.client_id, found.address)
    st.divider()
    if found.origin == "edited":
        if found.replaces:
            st.caption(here.t("The file says {address}.", address=plain(found.replaces)))
        if st.button(here.t("Undo what was edited"), key="contact_undo"):
            do(
                here,
                lambda: contacts.undo(*where, by=here.person, now=here.now),
                lambda _: done("The contact is as the file has it.", contact=None),
            )
    if st.button(here.t("Remove contact"), key="contact_remove"):
        do(
            here,
            lambda: contacts.remove(*where, by=here.person, now=here.now),
            lambda _: done("The contact is removed.", contact=None),
        )


def _resuming(here: Here, found: Contact) -> None:
    """Why an address gets nothing, and the way to write to it again."""
    stops = stopped.stopped(here.store, here.company.id, [found.address]).get(found.address, [])
    if not stops:
        return
    for stop in stops:
        st.warning(plain(_stop_words(here, stop)), icon=":material/unsubscribe:")
    if not here.person.may("mail"):
        return
    if any(stop.cause == "unsubscribed" for stop in stops):
        st.caption(here.t("They asked for this: write again only if they agreed."))
    if st.button(here.t("Send to this address again"), key="contact_resume"):
        do(
            here,
            lambda: stopped.resume(
                here.store, here.company.id, found.address, by=here.person, now=here.now
            ),
            lambda _: done("Messages go to this address again.", contact=None),
        )


def _restore(here: Here, record: ClientRecord, gone: str) -> None:
    st.write(here.t("{address} gets mail again, as before it was removed.", address=plain(gone)))
    if st.button(here.t("Bring back"), type="primary", key="confirm"):
        do(
            here,
            lambda: contacts.restore(
                here.store, here.company.id, record.client_id, gone, by=here.person, now=here.now
            ),
            lambda _: done("The contact is back.", removed=None),
        )


def _kinds_words(here: Here, contact: Contact) -> str:
    wanted: Sequence[Kind] = [kind for kind in CLIENT_KINDS if contact.wants(kind)]
    if len(wanted) == len(CLIENT_KINDS):
        return here.t("All mail")
    return " · ".join(kind_of(here, kind) for kind in wanted) or here.t("No mail")


def _stop_words(here: Here, stop: Stop) -> str:
    day = here.moment(stop.since)
    if stop.cause == "dead":
        return here.t("The address does not exist any more ({day})", day=day)
    what = kind_of(here, stop.kind) if stop.kind else here.t("All mail")
    return here.t("Unsubscribed from {what} ({day})", what=what, day=day)


def _here(record: ClientRecord, **more: str) -> str:
    return href(CLIENT.path, {"client": record.client_id, **more})


def _leave() -> None:
    for name in (CONTACT, REMOVED):
        st.query_params.pop(name, None)
