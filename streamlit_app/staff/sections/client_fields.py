"""A client's own fields: the dialog that makes a client, and the one that edits one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

import streamlit as st

from cartera.i18n import LANGUAGES
from cartera.mail import addresses
from cartera.mail.refusal import Refusal
from cartera.portfolio import ClientRecord
from cartera.store import client_edits, contacts
from cartera.store.client_edits import FIELDS
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff import address, language
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections.said import do, done

NEW, EDIT = "new", "edit"
FIELD_WORDS: Mapping[str, str] = {
    "name": "Name",
    "tax_id": "Tax id",
    "phone": "Phone",
    "language": "Language",
    "salesperson": "Salesperson",
    "group": "Group",
    "credit_limit": "Credit limit",
    "notes": "Notes",
}
#: Two beside one another where there is room.
PAIRS = (("tax_id", "phone"), ("salesperson", "group"), ("language", "credit_limit"))


def draw_new(here: Here) -> None:
    """The dialog that makes a client, where the address asks for it."""
    if here.asked.get(NEW) and _may(here):
        st.dialog(here.t("New client"), on_dismiss=_leave)(partial(_new, here))()


def draw_edit(here: Here, record: ClientRecord) -> None:
    """The dialog that edits this client, where the address asks for it."""
    if here.asked.get(EDIT) and _may(here):
        st.dialog(here.t("Edit client"), on_dismiss=_leave)(partial(_edit, here, record))()


def record_of(here: Here, client_id: str) -> ClientRecord:
    """The client's record with what was written by hand a moment ago. Raises `NotFound`."""
    edit = client_edits.get(here.store, here.company.id, client_id)
    if edit is not None and edit.is_new and not edit.carried:
        return client_edits.over(edit, None)
    record = here.reader.client(here.company.id, client_id)
    return record if edit is None or edit.is_carried else client_edits.over(edit, record)


def _new(here: Here) -> None:
    with st.form("new_client", border=False):
        written = _fields(here, {})
        client_id = st.text_input(
            here.t("Code"),
            max_chars=64,
            help=here.t("As the accounting system knows the client; empty: from the tax id."),
            key="new_code",
            autocomplete="off",
        )
        emails = st.text_input(
            here.t("Mail addresses, separated by commas"),
            max_chars=2000,
            key="new_emails",
            autocomplete="off",
        )
        pressed = st.form_submit_button(here.t("Create client"), type="primary")
    if pressed:
        do(here, lambda: _create(here, client_id, emails, written), _leave_to_new)


def _create(here: Here, client_id: str, emails: str, written: Mapping[str, str]) -> str:
    good, wrong = addresses.parse(emails)
    if wrong:
        raise Refusal(
            "{address} is not an address: {reason}",
            address=wrong[0].text,
            reason=here.t(wrong[0].reason),
        )
    wanted = client_id.strip() or re.sub("[^0-9A-Za-z]", "", written.get("tax_id", ""))
    if not wanted:
        raise Refusal("give a code or a tax id")
    made = client_edits.create(
        here.store,
        here.company.id,
        wanted,
        written,
        known=_known(here, wanted),
        by=here.person,
        now=here.now,
    )
    for one in good:
        contacts.save(here.store, here.company.id, made, one, by=here.person, now=here.now)
    return made


def _known(here: Here, client_id: str) -> list[str]:
    try:
        return list(here.reader.client_names(here.company.id, [client_id]))
    except NothingPublished:
        return []


def _edit(here: Here, record: ClientRecord) -> None:
    shown = client_edits.shown(record)
    with st.form("edit_client", border=False):
        written = _fields(here, shown)
        pressed = st.form_submit_button(here.t("Save"), type="primary")
    if pressed:
        do(
            here,
            lambda: client_edits.save(
                here.store,
                here.company.id,
                record.client_id,
                written,
                shown=shown,
                by=here.person,
                now=here.now,
            ),
            lambda _: done("The client is saved.", edit=None),
        )
    _undoing(here, record)


def _undoing(here: Here, record: ClientRecord) -> None:
    """What was written by hand, each with the way back to what the files say."""
    by_hand = [
        name
        for name in FIELDS
        if name in record.edited_fields
        and not (record.is_by_hand or (name == "name" and _made(here)))
    ]
    if not by_hand:
        return
    st.divider()
    st.markdown(f"**{here.t('Edited by hand')}**")
    st.caption(here.t("These fields no longer follow the accounting system's files."))
    for name in by_hand:
        label, button = st.columns([3, 2], vertical_alignment="center")
        label.write(here.t(FIELD_WORDS[name]))
        if button.button(here.t("Follow the file again"), key=f"undo_{name}", width="stretch"):
            do(
                here,
                partial(
                    client_edits.undo,
                    here.store,
                    here.company.id,
                    record.client_id,
                    [name],
                    by=here.person,
                    now=here.now,
                ),
                lambda _: done("The field follows the file again.", edit=None),
            )


def _made(here: Here) -> bool:
    edit = client_edits.get(here.store, here.company.id, address.text(here.asked, "client"))
    return edit is not None and edit.is_new


def _fields(here: Here, shown: Mapping[str, str]) -> dict[str, str]:
    written = {"name": _text(here, "name", shown)}
    for pair in PAIRS:
        for column, name in zip(st.columns(2), pair, strict=True):
            with column:
                written[name] = (
                    _language(here, shown) if name == "language" else _text(here, name, shown)
                )
    written["notes"] = st.text_area(
        _label(here, "notes"),
        shown.get("notes", ""),
        max_chars=client_edits.LONGEST["notes"],
        height=90,
        key="client_notes",
    )
    return written


def _label(here: Here, name: str) -> str:
    return here.t(FIELD_WORDS[name])


def _text(here: Here, name: str, shown: Mapping[str, str]) -> str:
    return st.text_input(
        _label(here, name),
        shown.get(name, ""),
        max_chars=client_edits.LONGEST_FIELD,
        key=f"client_{name}",
        autocomplete="off",
    )


def _language(here: Here, shown: Mapping[str, str]) -> str:
    options = ("", *LANGUAGES)
    kept = shown.get("language", "")
    return (
        st.selectbox(
            _label(here, "language"),
            options,
            index=options.index(kept) if kept in options else 0,
            format_func=lambda code: language.NAMES.get(code, here.t("The company's")),
            key="client_language",
        )
        or ""
    )


def _may(here: Here) -> bool:
    if not here.person.may("clients"):
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
        return False
    return True


def _leave_to_new(_made: object) -> None:
    done("The client is created.", new=None)


def _leave() -> None:
    for name in (NEW, EDIT):
        st.query_params.pop(name, None)
