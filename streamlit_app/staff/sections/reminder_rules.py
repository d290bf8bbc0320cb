"""The rules of reminders as a form: looked at over today's portfolio first, then saved."""

from __future__ import annotations

from collections import Counter
from datetime import time
from decimal import Decimal
from typing import Any

import streamlit as st
from pydantic import ValidationError

from cartera.mail.outgoing import ENCLOSURES
from cartera.reminders import words
from cartera.reminders.outlook import outlook
from cartera.reminders.rules import LEVELS, Policy, Rule
from cartera.reminders.window import ContactWindow, has_law, of_country, window_of
from cartera.store import reminder_policy
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections.bulk_choice import amount
from streamlit_app.staff.sections.currencies import currencies
from streamlit_app.staff.sections.said import do, done

#: Empty lines for new rules under those that are there.
NEW = 1
FILES = {"": "No file", "pdf": "PDF", "xlsx": "Excel", "pdf,xlsx": "PDF and Excel"}


def read(here: Here, policy: Policy) -> None:
    """The rules for whoever may not change them."""
    for rule in sorted(policy.rules, key=lambda one: one.days):
        if rule.is_on:
            st.markdown(f"- {plain(words.rule_words(rule, here.tr))}")
    st.caption(_window_words(here, window_of(policy, here.company)))


def draw(here: Here, policy: Policy) -> None:
    """The form, its effect, and saving."""
    with st.form("reminder_rules", border=False):
        given = _general(here, policy)
        st.subheader(here.t("Rules"), anchor=False)
        st.caption(
            here.t(
                "Days are counted from the due date: -3 is three days before it, 0 the day itself. "
                "Of a document only the last rule whose day has come speaks."
            )
        )
        groups = _groups(here)
        rules = [_rule(here, rule, n, groups) for n, rule in enumerate(_sorted(policy))]
        rules += [_rule(here, None, len(policy.rules) + n, groups) for n in range(NEW)]
        left, right = st.columns(2)
        look = left.form_submit_button(here.t("See the effect today"), width="stretch")
        save = right.form_submit_button(here.t("Save"), type="primary", width="stretch")
    if not (look or save):
        return
    made = _made(here, given, [rule for rule in rules if rule])
    if made is None:
        return
    if look:
        _effect(here, made)
        return
    do(
        here,
        lambda: reminder_policy.save(
            here.store, here.company.id, made, by=here.person, now=here.now
        ),
        lambda _: done("The rules of reminders are saved."),
    )


def _general(here: Here, policy: Policy) -> dict[str, Any]:
    is_on = st.toggle(here.t("Reminders go out by themselves"), policy.is_on, key="r_on")
    left, right = st.columns(2)
    hour = left.time_input(here.t("From this hour on"), policy.hour, key="r_hour")
    gap = right.number_input(
        here.t("Days at least between two reminders to a client"), 1, 365, policy.gap_days,
        key="r_gap",
    )  # fmt: skip
    stale = left.number_input(
        here.t("Wait when no payments were loaded for so many days (0: never)"), 0, 365,
        policy.stale_days, key="r_stale",
    )  # fmt: skip
    files = ",".join(name for name in ENCLOSURES if name in policy.enclosures)
    attach = right.selectbox(
        here.t("Files that go with it"), list(FILES), list(FILES).index(files),
        format_func=lambda code: here.t(FILES[code]), key="r_files",
    )  # fmt: skip
    statement = st.checkbox(
        here.t("The account's summary stands in the message"), policy.statement, key="r_statement"
    )
    known = _currencies(here, policy)
    columns = st.columns(max(2, len(known)))
    minimums = {
        currency: column.text_input(
            here.t("Smallest balance that is reminded of, in {currency}", currency=currency),
            here.tr.money(policy.minimums[currency], currency)
            if currency in policy.minimums
            else "",
            max_chars=30, key=f"r_minimum_{currency}", autocomplete="off",
        )
        for column, currency in zip(columns, known, strict=False)
    }  # fmt: skip
    return {
        "is_on": is_on, "hour": hour, "gap_days": gap, "stale_days": stale,
        "enclosures": tuple(attach.split(",")) if attach else (), "statement": statement,
        "minimums": minimums, "window": _window(here, policy),
    }  # fmt: skip


def _window(here: Here, policy: Policy) -> ContactWindow | str | None:
    """The country's window, or one of the company's own."""
    country = of_country(here.company.country)
    law = "The country's law" if has_law(here.company.country) else "Office hours"
    own = st.radio(
        here.t("Hours in which clients may be written to"),
        [False, True],
        int(policy.window is not None),
        format_func=lambda is_own: here.t("Our own") if is_own else here.t(law),
        captions=[_window_words(here, country), here.t("Each day of the week, below")],
        key="r_own",
    )
    shown = policy.window or country
    hours: list[tuple[time, time] | None] = []
    with st.expander(here.t("Our own hours")):
        for n, mine in enumerate(shown.hours):
            day, start, end = st.columns([2, 1, 1], vertical_alignment="bottom")
            open_ = day.checkbox(here.tr.weekday(n), mine is not None, key=f"r_day_{n}")
            first, last = mine or (time(8), time(18))
            begins = start.time_input(here.t("From"), first, key=f"r_from_{n}")
            ends = end.time_input(here.t("To"), last, key=f"r_to_{n}")
            hours.append((begins, ends) if open_ else None)
        holidays = st.checkbox(here.t("Also on holidays"), shown.on_holidays, key="r_holidays")
    if not own:
        return None
    try:
        window = ContactWindow(hours=tuple(hours), on_holidays=holidays)
    except ValidationError:
        return here.t("The hours must end after they begin, on one day of the week at least.")
    if has_law(here.company.country) and not window.is_within(country):
        said = "Our own hours go beyond the law, which allows: {hours}."
        return here.t(said, hours=_window_words(here, country))
    return window


def _rule(here: Here, rule: Rule | None, n: int, groups: list[str]) -> Rule | str | None:
    """A line of the form; None where it is empty or was taken out."""
    key = rule.id if rule else f"new{n}"
    with st.container(border=True):
        st.markdown(
            f"**{plain(words.rule_words(rule, here.tr)) if rule else here.t('A new rule')}**"
        )
        used, days, level, every, times, out = st.columns(
            [1.1, 1, 2.4, 1.2, 1, 1.1], vertical_alignment="bottom"
        )
        on = used.checkbox(here.t("Use it"), rule.is_on if rule else False, key=f"r_use_{key}")
        offset = days.number_input(
            here.t("Days"), -365, 3650, rule.days if rule else 60, key=f"r_days_{key}"
        )
        speaks = level.selectbox(
            here.t("Text"), LEVELS, LEVELS.index(rule.level) if rule else len(LEVELS) - 1,
            format_func=lambda code: here.t(words.LEVEL_WORDS[code]), key=f"r_level_{key}",
        )  # fmt: skip
        repeat = every.number_input(
            here.t("Again every (days)"), 0, 365, rule.repeat_days if rule else 0,
            key=f"r_every_{key}",
        )  # fmt: skip
        most = times.number_input(
            here.t("Times more"), 0, 100, rule.repeat_times if rule else 0, key=f"r_times_{key}"
        )
        gone = rule is not None and out.checkbox(here.t("Delete"), False, key=f"r_gone_{key}")
        mine = list(rule.groups) if rule else []
        known = list(dict.fromkeys((*groups, *mine)))
        only = (
            st.multiselect(
                here.t("Only clients of these groups; none: all clients"), known, mine,
                key=f"r_groups_{key}", placeholder=here.t("All clients"),
            )
            if known
            else []
        )  # fmt: skip
        wrong = st.empty()
    if gone or (rule is None and not on):
        return None
    try:
        return Rule(
            id=rule.id if rule else f"rule-{here.now:%Y%m%d%H%M%S}",
            days=int(offset), level=speaks, repeat_days=int(repeat), repeat_times=int(most),
            groups=tuple(only), is_on=on,
        )  # fmt: skip
    except ValidationError:
        said = here.t("A repetition needs both: every how many days, and how many times.")
        wrong.error(plain(said), icon=":material/error:")
        return said


def _made(here: Here, given: dict[str, Any], rules: list[Rule | str]) -> Policy | None:
    """The rules as they were written, or what is wrong, in words."""
    wrong = [one for one in (*rules, given["window"]) if isinstance(one, str)]
    minimums: dict[str, Decimal] = {}
    for currency, written in given["minimums"].items():
        found, is_wrong = amount(here, written.strip())
        if is_wrong:
            wrong.append(here.t("{written} is not an amount.", written=written))
        elif found is not None:
            minimums[currency] = found
    for sentence in dict.fromkeys(wrong):
        st.error(plain(sentence), icon=":material/error:")
    if wrong:
        return None
    try:
        return Policy(**{**given, "minimums": minimums, "rules": tuple(rules)})
    except ValidationError as error:
        st.error(plain(str(error.errors()[0]["msg"])), icon=":material/error:")
        return None


def _effect(here: Here, policy: Policy) -> None:
    """What these rules would do now, in figures."""
    seen = outlook(
        here.store, here.reader, here.company, on=None, now=here.now, policy=policy.as_if_on
    )
    counts = Counter(one.outcome for one in seen.decisions)
    reasons = Counter(one.reason for one in seen.decisions if one.outcome == "nothing")
    levels = Counter(one.level for one in seen.decisions if one.outcome != "nothing" and one.level)
    with st.container(border=True):
        st.markdown(f"**{here.t('With these rules, not saved yet:')}**")
        for outcome, word in words.OUTCOME_WORDS.items():
            st.markdown(f"- {here.t(word)}: **{counts[outcome]}**")
        for level in LEVELS:
            if levels[level]:
                st.caption(f"{here.t(words.LEVEL_WORDS[level])}: {levels[level]}")
        said = ", ".join(f"{here.t(words.REASON_WORDS[r])} {n}" for r, n in reasons.most_common())
        st.caption(plain(said))


def _currencies(here: Here, policy: Policy) -> list[str]:
    """Those in which something is open, and those that have a minimum."""
    try:
        found = currencies(here)
    except NothingPublished:
        found = [here.company.currency]
    return list(dict.fromkeys((*found, *policy.minimums)))


def _groups(here: Here) -> list[str]:
    try:
        return here.reader.groups(here.company.id)
    except NothingPublished:
        return []


def _sorted(policy: Policy) -> list[Rule]:
    return sorted(policy.rules, key=lambda one: (one.days, one.id))


def _window_words(here: Here, window: ContactWindow) -> str:
    """Each day's hours, days of the same hours together."""
    parts: list[tuple[list[str], str]] = []
    for n, hours in enumerate(window.hours):
        name = here.tr.weekday(n)
        said = f"{hours[0]:%H:%M}-{hours[1]:%H:%M}" if hours else here.t("nobody")
        if parts and parts[-1][1] == said:
            parts[-1][0].append(name)
        else:
            parts.append(([name], said))
    days = [
        f"{names[0]} {here.t('to')} {names[-1]} {said}" if len(names) > 1 else f"{names[0]} {said}"
        for names, said in parts
    ]
    rest = here.t("holidays too") if window.on_holidays else here.t("not on holidays")
    return ", ".join([*days, rest])
