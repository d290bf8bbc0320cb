"""The company's settings as fields: what each is called, what it does, who saved it last.

A group of fields is a form: all of it is checked when it is saved, and what is wrong is said under
its own field. Saving is the core's (`cartera.store.companies`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import streamlit as st

from cartera.errors import Forbidden
from cartera.i18n import LANGUAGES
from cartera.mail.refusal import Refusal
from cartera.reminders.words import LEVEL_WORDS
from cartera.store import companies
from cartera.store.companies import Change, SettingsRefused
from streamlit_app.staff import language
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections.said import done

Shape = Literal["text", "number", "switch", "colour", "choice", "date", "days", "levels"]
SAVED = "The settings are saved."


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in the core, what people call it, what it does."""

    name: str
    title: str
    says: str = ""
    shape: Shape = "text"
    #: Of a number.
    least: int = 1
    most: int = 1
    #: Of a choice: codes and what they are called (English).
    options: Mapping[str, str] = field(default_factory=dict)


COMPANY = (
    Setting("name", "Name of the company", "On statements, messages and pages."),
    Setting("tax_id", "Tax ID"),
    Setting("address", "Address"),
    Setting("phone", "Phone"),
    Setting("email", "Mail", "Where clients can write to; messages come from it, unless you set"
            " another sender."),
    Setting("website", "Website"),
    Setting("color", "Colour", "Of buttons and headings; it is made legible on light and dark.",
            "colour"),
)  # fmt: skip
REGION = (
    Setting("language", "Language", "Of pages and messages where a person or client has chosen"
            " none.", "choice", options={code: language.NAMES[code] for code in LANGUAGES}),
    Setting("timezone", "Time zone", "When a day begins: which documents are overdue.", "choice"),
    Setting("country", "Country", "Its two letters; how dates and amounts are written."),
    Setting("currency", "Currency", "Its three letters; credit limits are in it."),
    Setting("buckets", "Ranges of days overdue", "Upper limits in days, separated by commas; the"
            " last range is open.", "days"),
    Setting("aging_basis", "Days are counted from", "", "choice",
            options={"due_date": "Due date", "issue_date": "Creation date"}),
    Setting("link_days", "Days that a link lives", "After the last due date of what is open in the"
            " statement, or from today on where all of it is due; never more than 120 in all.",
            "number", most=120),
    Setting("keep_files_days", "Days that loaded files are kept", "0: for good, so that the figures"
            " can be made anew from them.", "number", least=0, most=36_600),
)  # fmt: skip
BOOKS = (
    Setting("closed_until", "Books are closed until", "Rows of files that would change figures of"
            " that day or an earlier one wait for your decision. Empty: nothing is closed; what"
            " waits then goes on waiting.", "date"),
)  # fmt: skip
SENDERS = (
    Setting("sender_name", "Sender's name", "Who the client reads that it comes from; empty: the"
            " company's name."),
    Setting("statement_sender", "Sender of statements and invoices", "Empty: the company's mail."),
    Setting("reminder_sender", "Sender of reminders", "Empty: the same as for statements."),
    Setting("reminder_senders", "Senders of single levels", "Empty: the sender of reminders.",
            "levels"),
    Setting("reply_to", "Answers go to", "Empty: to the sender."),
)  # fmt: skip
SENDING = (
    Setting("is_on", "This company sends mail", "Off: nothing leaves; what is queued waits until it"
            " is on again.", "switch"),
    Setting("test_address", "Test mode: everything goes to", "While an address stands here, no"
            " client gets anything: every message goes to it."),
    Setting("statement_in_invoices", "Include the client's account statement in sales invoices",
            "The account's summary and open documents follow the invoice; it can be changed for"
            " each one.", "switch"),
    Setting("mails_new_invoices", "Mail new invoices when they arrive", "From the moment that you"
            " turn it on; what was loaded before is never mailed.", "switch"),
    Setting("attaches_pdf", "Attach the PDF", "How the tick stands when the window to send"
            " opens.", "switch"),
    Setting("attaches_xlsx", "Attach the Excel", "How the tick stands when the window to send"
            " opens.", "switch"),
    Setting("per_minute", "Messages a minute", "To one receiving domain, so that it does not take"
            " them for spam.", "number", most=60_000),
    Setting("keep_days", "Days that messages are kept", "What each one said; that it was sent is"
            " kept for good.", "number", most=3660),
)  # fmt: skip
TITLES = {one.name: one.title for one in (*COMPANY, *REGION, *BOOKS, *SENDERS, *SENDING)}


def group(here: Here, settings: Sequence[Setting], values: Mapping[str, Any], *, key: str) -> None:
    """Draw a form with these settings and save it when somebody presses its button."""
    changes = companies.changes_of(here.store, here.company.id)
    with st.form(f"settings_{key}", border=False):
        found: dict[str, Any] = {}
        slots = {}
        for one in settings:
            found[one.name] = _draw(here, one, values[one.name])
            slots[one.name] = st.empty()
            st.caption(_about(here, one, changes.get(one.name)))
        pressed = st.form_submit_button(here.t("Save"), type="primary")
    if pressed:
        _save(here, found, slots)


def _save(here: Here, found: Mapping[str, Any], slots: Mapping[str, Any]) -> None:
    try:
        changed = companies.save(
            here.store,
            here.company.id,
            found,
            by=here.person,
            now=here.now,
            company=here.company,
        )
    except Forbidden:
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
    except SettingsRefused as refused:
        for name, refusal in refused.fields.items():
            slots[name].error(_said(here, refusal), icon=":material/error:")
        st.error(here.t("Nothing was saved: see what is marked."), icon=":material/error:")
    else:
        done(SAVED if changed else "Nothing had changed.")


def _said(here: Here, refusal: Refusal) -> str:
    text = refusal.said(here.tr)
    return plain(text[:1].upper() + text[1:])


def _draw(here: Here, one: Setting, value: Any) -> Any:
    """The field; what it holds."""
    title, key = here.t(one.title), f"setting_{one.name}"
    if one.shape == "switch":
        return st.toggle(title, value=value, key=key)
    if one.shape == "number":
        return int(st.number_input(title, one.least, one.most, value, key=key))
    if one.shape == "colour":
        return st.color_picker(title, value, key=key)
    if one.shape == "date":
        chosen = st.date_input(
            title, date.fromisoformat(value) if value else None, max_value=here.today, key=key,
            format="DD/MM/YYYY",
        )  # fmt: skip
        return chosen.isoformat() if isinstance(chosen, date) else ""
    if one.shape == "levels":
        with st.expander(title):
            return {
                level: st.text_input(
                    here.t(words), value.get(level, ""), key=f"{key}_{level}", max_chars=300,
                    autocomplete="off",
                )
                for level, words in LEVEL_WORDS.items()
            }  # fmt: skip
    if one.shape == "days":
        text = st.text_input(title, ", ".join(map(str, value)), key=key, max_chars=100)
        parts = [part.strip() for part in text.split(",")]
        return [int(part) if part.isdecimal() and len(part) < 6 else part for part in parts]
    if one.shape == "choice":
        options = one.options or _time_zones()
        return st.selectbox(
            title,
            list(dict.fromkeys((*options, value))),
            index=list(dict.fromkeys((*options, value))).index(value),
            format_func=lambda code: here.t(options[code]) if options.get(code) else code,
            key=key,
        )
    return st.text_input(title, value, key=key, max_chars=300, autocomplete="off")


def _about(here: Here, one: Setting, change: Change | None) -> str:
    """What it does, and who saved it when."""
    parts = [here.t(one.says)] if one.says else []
    if change is not None:
        parts.append(changed_by(here, change))
    return " · ".join(parts)


def changed_by(here: Here, change: Change) -> str:
    """Who saved it, and when."""
    return here.t("Changed by {who}, {day}", who=plain(change.by), day=here.moment(change.at))


def _time_zones() -> dict[str, str]:
    """Those of the Americas and Spain first: our companies' own."""
    from zoneinfo import available_timezones

    near = ("America/", "Europe/Madrid", "Atlantic/Canary")
    known = sorted(name for name in available_timezones() if "/" in name and "Etc" not in name)
    return dict.fromkeys(sorted(known, key=lambda name: not name.startswith(near)), "")
