"""The staff app's entry, run by Streamlit for every open tab: who looks, the frame, the page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import streamlit as st

from cartera.errors import FiguresOutdated, Forbidden, LakeNewerThanProgram
from cartera.warehouse.reader import NothingPublished
from streamlit_app.shared import live
from streamlit_app.shared.services import services
from streamlit_app.staff import pages, session
from streamlit_app.staff.app_pages import (
    bulk,
    changes,
    client,
    clients,
    company,
    data,
    documents,
    links,
    mailbox,
    mailings,
    notices,
    payments,
    portfolio,
    reminders,
    schedules,
    statement,
    timeline,
    users,
)
from streamlit_app.staff.here import OUTDATED, Here, here
from streamlit_app.staff.pages import Page
from streamlit_app.staff.sections import changed_figures, daily_mail
from streamlit_app.staff.sections.heading import heading
from streamlit_app.staff.sections.said import say_what_was_done

DRAW: dict[Page, Callable[[Here], None]] = {
    pages.STATEMENT: statement.draw,
    pages.CLIENTS: clients.draw,
    pages.CLIENT: client.draw,
    pages.PORTFOLIO: portfolio.draw,
    pages.DOCUMENTS: documents.draw,
    pages.MAILINGS: mailings.draw,
    pages.BULK: bulk.draw,
    pages.SCHEDULES: schedules.draw,
    pages.MAILBOX: mailbox.draw,
    pages.LINKS: links.draw,
    pages.DATA: data.draw,
    pages.CHANGES: changes.draw,
    pages.USERS: users.draw,
    pages.REMINDERS: reminders.draw,
    pages.NOTICES: notices.draw,
    pages.PAYMENTS: payments.draw,
    pages.TIMELINE: timeline.draw,
    pages.SETTINGS: company.draw,
}


def main() -> None:
    """One run."""
    # Who looks is asked at every run: the cookie came with the connection, long ago perhaps.
    person = session.person()
    tr = services().translator
    if person is None:
        st.set_page_config(page_title=tr.t("Your session has ended"), layout="wide")
        with st.container(key="live"):
            st.subheader(tr.t("Your session has ended"))
            st.link_button(tr.t("Enter again"), "/login", type="primary")
        return
    now = here(person)
    shown = {
        page: st.Page(
            partial(draw_page, now, page),
            title=f"{now.t(page.title)} · {now.company.name}",
            url_path=page.path.strip("/") or "estado",
            default=page is pages.STATEMENT,
        )
        for page in pages.PAGES
        if person.may(page.act)
    }
    # The navigation is ours (`heading`): Streamlit's own hides behind a button on a phone.
    chosen = st.navigation(list(shown.values()), position="hidden")
    page = next(page for page, one in shown.items() if one == chosen)
    st.set_page_config(page_title=f"{now.t(page.title)} · {now.company.name}", layout="wide")
    with st.container(key="live"):
        heading(now, page)
        chosen.run()
    # `page.js` presses it when the figures moved, or when the session ended.
    live.refresh_button()


def draw_page(now: Here, page: Page) -> None:
    """The page, or in words why it cannot be shown."""
    try:
        now.person.must(page.act)
        say_what_was_done(now)
        daily_mail.draw(now)
        if page is not pages.CHANGES:
            changed_figures.draw(now)
        DRAW[page](now)
    except FiguresOutdated:
        st.info(now.t(OUTDATED), icon=":material/update:")
    except LakeNewerThanProgram:
        st.error(
            now.t("The data is of a newer version than this program: whoever runs it upgrades it."),
            icon=":material/update:",
        )
    except NothingPublished:
        st.info(now.t("No data has been loaded yet."), icon=":material/database:")
    except Forbidden:
        st.error(now.t("Your role does not allow this."), icon=":material/block:")
    except Exception:  # whatever it is, the reader gets words and we get the trace
        logging.getLogger(__name__).exception("page %s", page.path)
        st.error(
            now.t("This page could not be shown. Try again; if it goes on, tell whoever runs it."),
            icon=":material/error:",
        )


if __name__ == "__main__":  # as Streamlit runs it
    main()
