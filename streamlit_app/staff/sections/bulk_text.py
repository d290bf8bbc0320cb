"""What a new mailing says, in each language of those who get it; and preparing it."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import replace

import streamlit as st

from cartera import clock
from cartera.errors import CarteraError, Forbidden
from cartera.mail import clean, texts
from cartera.mail.outgoing import Content, Enclosure, Kind
from cartera.mail.plan import Choice, Plan, drafts, plan
from cartera.mail.refusal import Refusal
from cartera.store import mailings
from streamlit_app.staff import language as languages
from streamlit_app.staff import session
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections import mail_text
from streamlit_app.staff.sections.html import show

#: Names the mailing that this tab prepares next: pressed twice, it is prepared once.
RUN, MADE = "bulk_run", "bulk_made"
KIND: Kind = "statement"
FILES: dict[Enclosure, str] = {"pdf": "Attach the PDF", "xlsx": "Attach the Excel file"}


def draw(here: Here, choice: Choice, found: Plan) -> None:
    """Subject, body, files and the button, drawn again by themselves while somebody writes."""
    many = Counter(draft.language for draft in drafts(found, ""))
    spoken = [code for code, _ in many.most_common()] or [here.company.language]
    made = st.session_state.get(MADE)
    if made is None or made[0] == st.session_state.get(RUN):
        # Only here: a second press of the button comes back to the part alone.
        st.session_state[RUN] = secrets.token_hex(8)
    count = found.messages  # a page that stays open keeps no plan of thousands

    @st.fragment
    def part() -> None:
        seen = session.look(st.context.cookies)
        if seen is None or not seen.person.may("mail", here.company.id):
            return
        _draw(replace(here, person=seen.person, now=clock.now()), choice, count, spoken)

    part()


def _draw(here: Here, choice: Choice, count: int, spoken: list[str]) -> None:
    show(here, "title", title=here.t("The message"))
    starts = {code: texts.of(here.store, here.company.id, KIND, code) for code in spoken}
    with st.container(border=True, key="bulk_text"):
        written: dict[str, tuple[str, str]] = {}
        names = [languages.NAMES.get(code, code) for code in spoken]
        tabs = st.tabs(names) if len(spoken) > 1 else []
        for n, code in enumerate(spoken):
            with tabs[n] if tabs else st.container():
                written[code] = mail_text.fields(
                    here, starts[code], kind=KIND, language=code, key="bulk"
                )
        first = starts[spoken[0]]
        files = tuple(
            name
            for name, text in FILES.items()
            if st.checkbox(here.t(text), name in first.enclosures, key=f"bulk_{name}")
        )
        name = (
            here.t("Prepare 1 message") if count == 1 else here.t("Prepare {n} messages", n=count)
        )
        st.caption(
            here.t("Nothing is sent yet: you can look at each message and hold back single ones.")
        )
        if st.button(name, type="primary", key="bulk_prepare", disabled=not count):
            contents = {
                code: replace(starts[code], subject=subject, body=body, enclosures=files)
                for code, (subject, body) in written.items()
            }
            _prepare(here, choice, contents, spoken[0])


def _prepare(here: Here, choice: Choice, contents: dict[str, Content], first: str) -> None:
    run = st.session_state[RUN]
    made = st.session_state.get(MADE)
    try:
        if made is None or made[0] != run:
            with st.spinner(here.t("Preparing the messages…")):
                made = st.session_state[MADE] = (run, _create(here, choice, contents, first, run))
    except Refusal as error:
        st.error(error.said(here.tr))
    except Forbidden:
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
    except CarteraError:
        st.error(here.t("That could not be done. Check what was written and try again."))
    else:
        st.query_params.from_dict({"mailing": made[1]})
        st.rerun()


def _create(here: Here, choice: Choice, contents: dict[str, Content], first: str, run: str) -> str:
    """Prepare it with whoever fits by now; its public id."""
    cleaned = {
        code: replace(
            content,
            subject=clean.subject(content.subject),
            body=clean.body(content.body),
            only=choice.only,
        )
        for code, content in contents.items()
    }
    found = plan(here.reader, here.store, here.company, choice, kind=KIND, as_of=here.today)
    # What most of them read, the mailing itself says once for all.
    others = {code: content for code, content in cleaned.items() if code != first}
    return mailings.create(
        here.store,
        here.company.id,
        kind=KIND,
        content=cleaned[first],
        choice=choice.to_json(),
        drafts=drafts(found, run, others),
        by=here.person,
        now=here.now,
    ).public_id
