"""Making and changing a schedule, with its effect on today's portfolio before it is saved."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Any

import streamlit as st

from cartera import clock
from cartera.calendar import Calendar
from cartera.errors import UsageError
from cartera.i18n import LANGUAGES
from cartera.mail import plan, texts
from cartera.mail.outgoing import ENCLOSURES, Enclosure
from cartera.mail.plan import Choice
from cartera.portfolio import Only
from cartera.schedules import words
from cartera.schedules.coming import Coming
from cartera.schedules.timing import LAST, Timing, upcoming
from cartera.store import schedules
from cartera.store.schedules import Schedule, Setup
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff import language as languages
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections import mail_text
from streamlit_app.staff.sections.bulk_choice import amount
from streamlit_app.staff.sections.bulk_text import FILES
from streamlit_app.staff.sections.currencies import currencies
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.said import do, done

#: What a new one starts from.
START = Setup("", Timing(every="month", days=(LAST,)), Choice("balance"))
EVERY = {"month": "Every month", "week": "Every week"}
ONLY = {"balance": "With a balance", "overdue": "With overdue balance"}
MOVED = {"next": "Wait for the next working day", "same": "Go out all the same"}


def draw(here: Here, one: Schedule | None) -> None:
    """The fields, the effect, and saving."""
    start = one.setup if one else START
    key = f"sch_{one.public_id if one else 'new'}"
    name = st.text_input(
        here.t("Name"), start.name, max_chars=schedules.LONGEST_NAME, key=f"{key}_name",
        placeholder=here.t("For example: end of the month"), autocomplete="off",
    )  # fmt: skip
    timing = _timing(here, start.timing, key)
    choice, wrong = _choice(here, start.choice, key)
    files = _files(here, start, key)
    own = _texts(here, start, key)
    look, save = st.columns(2)
    looked = look.button(here.t("See the effect today"), width="stretch", key=f"{key}_look")
    saved = save.button(here.t("Save"), type="primary", width="stretch", key=f"{key}_save")
    if not (looked or saved):
        return
    problem = wrong or _missing(here, name if saved else "x", timing)
    if problem or timing is None or choice is None:
        st.error(plain(problem), icon=":material/error:")
        return
    if looked:
        _effect(here, timing, choice)
        return
    _save(here, one, Setup(name, timing, choice, files, own))


def _missing(here: Here, name: str, timing: Timing | None) -> str:
    if not name.strip():
        return here.t("It needs a name.")
    return "" if timing else here.t("Choose at least one day.")


def _timing(here: Here, start: Timing, key: str) -> Timing | None:
    """The days and the hour; None where no day is chosen."""
    every = st.segmented_control(
        here.t("How often"), list(EVERY), default=start.every, required=True,
        format_func=lambda code: here.t(EVERY[code]), key=f"{key}_every",
    )  # fmt: skip
    if every == "week":
        chosen = st.pills(
            here.t("Days of the week"), list(range(7)), selection_mode="multi",
            default=list(start.weekdays), key=f"{key}_weekdays",
            format_func=here.tr.weekday,
        )  # fmt: skip
    else:
        chosen = st.multiselect(
            here.t("Days of the month"), list(range(1, LAST + 1)), list(start.days),
            format_func=lambda n: here.t("The last day") if n == LAST else str(n),
            key=f"{key}_days", placeholder=here.t("Choose days"),
        )  # fmt: skip
    left, right = st.columns(2)
    hour = left.time_input(here.t("Hour"), start.hour, key=f"{key}_hour", step=900)
    moved = right.selectbox(
        here.t("On a weekend or a holiday"), list(MOVED), list(MOVED).index(start.holidays),
        format_func=lambda code: here.t(MOVED[code]), key=f"{key}_moved",
    )  # fmt: skip
    if not chosen:
        return None
    days: dict[str, Any] = {"weekdays" if every == "week" else "days": tuple(chosen)}
    at = time(hour.hour, hour.minute) if hour else start.hour
    return Timing(every="week" if every == "week" else "month", hour=at, holidays=moved, **days)


def _choice(here: Here, start: Choice, key: str) -> tuple[Choice | None, str]:
    """Whom it is for, and a sentence about the amount where it is none."""
    left, right = st.columns(2)
    only = left.selectbox(
        here.t("Clients"), list(ONLY), list(ONLY).index(start.only),
        format_func=lambda code: here.t(ONLY[code]), key=f"{key}_only",
    )  # fmt: skip
    try:
        known, money = here.reader.groups(here.company.id), currencies(here)
    except NothingPublished:
        known, money = [], []
    groups = right.multiselect(
        here.t("Groups"), sorted({*known, *start.groups}), list(start.groups),
        key=f"{key}_groups", placeholder=here.t("All groups"),
    )  # fmt: skip
    codes = ["", *dict.fromkeys([*money, *filter(None, [start.currency])])]
    left, right = st.columns(2)
    currency = left.selectbox(
        here.t("Currency"), codes, codes.index(start.currency or ""),
        format_func=lambda code: code or here.t("All currencies"), key=f"{key}_currency",
    )  # fmt: skip
    written = right.text_input(
        here.t("At least this amount"), _written(here, start), max_chars=40,
        key=f"{key}_minimum", autocomplete="off",
    )  # fmt: skip
    minimum, wrong = amount(here, written.strip())
    if wrong:
        right.caption(f":red[{plain(wrong)}]")
        return None, wrong
    wanted: Only = "overdue" if only == "overdue" else "balance"
    try:
        return Choice(wanted, currency or None, tuple(groups), minimum), ""
    except UsageError:
        example = here.tr.money(Decimal(1500000), "COP")
        text = "The minimum is not an amount; write it like {example}."
        return None, here.t(text, example=example)


def _written(here: Here, start: Choice) -> str:
    return "" if start.minimum is None else here.tr.money(start.minimum, start.currency or "")


def _files(here: Here, start: Setup, key: str) -> tuple[Enclosure, ...]:
    return tuple(
        name
        for name, column in zip(ENCLOSURES, st.columns(2), strict=True)
        if column.checkbox(here.t(FILES[name]), name in start.enclosures, key=f"{key}_{name}")
    )


def _texts(here: Here, start: Setup, key: str) -> dict[str, tuple[str, str]]:
    """Words of its own in each language; none: the company's."""
    if not st.toggle(here.t("A text of its own"), bool(start.texts), key=f"{key}_own"):
        st.caption(here.t("It says what the company's statements say (Settings, texts)."))
        return {}
    found = {}
    order = sorted(LANGUAGES, key=lambda code: code != here.company.language)
    for code, tab in zip(order, st.tabs([languages.NAMES[code] for code in order]), strict=True):
        with tab:
            first = texts.of(here.store, here.company.id, "statement", code)
            kept = start.texts.get(code)
            shown = texts.content("statement", code, kept) if kept else first
            written = mail_text.fields(here, shown, kind="statement", language=code, key=key)
            # Untouched words stay the company's, and change with them.
            if kept or written != (first.subject, first.body):
                found[code] = written
    return found


def _effect(here: Here, timing: Timing, choice: Choice) -> None:
    """When it would go out, and who would get it today."""
    company = here.company
    calendar = Calendar(company.country)
    present = clock.local(clock.now(), company.timezone)
    first = next(upcoming(timing, company.timezone, calendar, after=present))
    try:
        found = plan.plan(
            here.reader, here.store, company, choice, kind="statement", as_of=here.today
        )
        totals = here.reader.mail_totals(company, plan.asked(choice, here.today))
    except NothingPublished:
        st.info(here.t("No data has been loaded yet."), icon=":material/database:")
        return
    problems = [row.problem for row in found.unready]
    show(
        here,
        "schedule_effect",
        next=words.coming_words(Coming(first, first.moment), company, here.tr),
        figures=[
            (here.t("Messages"), found.messages, ""),
            (here.t("Clients who get it"), len(found.ready), ""),
            (here.t("Without a contact"), problems.count("no_contact"), "warn"),
            (here.t("Dead or unsubscribed"), problems.count("stopped"), "warn"),
        ],
        totals=[
            (
                here.t("Balance, {currency}", currency=each.currency),
                here.money(each.total, each.currency),
                here.t("Overdue: {amount}", amount=here.money(each.overdue, each.currency)),
            )
            for each in totals
        ],
    )


def _save(here: Here, one: Schedule | None, setup: Setup) -> None:
    # The dialog may have stood open for long: its days count from the moment of saving.
    store, company_id, now = here.store, here.company.id, clock.now()

    def save() -> Schedule:
        if one is None:
            return schedules.create(store, company_id, setup, by=here.person, now=now)
        return schedules.change(store, company_id, one.public_id, setup, by=here.person, now=now)

    def after(made: Schedule) -> None:
        st.query_params["schedule"] = made.public_id
        done("The scheduled mailing is saved.", new=None, edit=None)

    do(here, save, after)
