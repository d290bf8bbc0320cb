"""A new mailing: which clients, who of them gets it, and who does not and why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, get_args

from babel.numbers import NumberFormatError, parse_decimal

from cartera.errors import UsageError
from cartera.mail.plan import Choice, Plan, PlanRow, Problem, plan
from cartera.portfolio import Only
from cartera.store import mailings, outbox
from cartera.store.mailings import Mailing
from streamlit_app.staff import address, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import BULK, CLIENT
from streamlit_app.staff.sections import bulk_text
from streamlit_app.staff.sections.currencies import currencies
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.mailing_view import (
    MAILING_TONES,
    MAILING_WORDS,
    title_of,
)

PROBLEM_WORDS: dict[Problem, str] = {
    "": "",
    "no_contact": "No contact gets statements",
    "stopped": "All its addresses are dead or unsubscribed",
}
STOP_WORDS = {"dead": "nobody is there any more", "unsubscribed": "asked to get no more of these"}
RECENT = 8


def draw(here: Here) -> None:
    """Filters, the plan, the words, and the mailings before this one."""
    groups = here.reader.groups(here.company.id)
    known = currencies(here)
    asked = here.asked
    choice, wrong = choice_of(here, groups, known)
    found = plan(here.reader, here.store, here.company, choice, kind="statement", as_of=here.today)
    show(
        here,
        "bulk",
        choice=choice,
        minimum=address.text(asked, "minimum"),
        wrong=wrong,
        groups=groups,
        currencies=known,
        filtered=choice != Choice(),
        **_rows(here, found),
    )
    bulk_text.draw(here, choice, found)
    recent = mailings.list_mailings(here.store, here.company.id, limit=RECENT)
    if recent:  # Streamlit refuses to show nothing
        show(here, "bulk_recent", rows=[_recent(here, mailing) for mailing in recent])


def choice_of(here: Here, groups: list[str], known: list[str]) -> tuple[Choice, str]:
    """What the address asks for, and a sentence about the amount where it is none."""
    asked = here.asked
    minimum, wrong = amount(here, address.text(asked, "minimum"))
    only: Only = address.one_of(asked, "only", get_args(Only), "balance")
    chosen = {
        "only": only,
        "currency": address.one_of(asked, "currency", known, "") or None,
        "groups": tuple(filter(None, [address.one_of(asked, "group", groups, "")])),
        "text": address.text(asked, "text"),
    }
    try:
        return Choice(minimum=minimum, **chosen), wrong  # type: ignore[arg-type]
    except UsageError:
        return Choice(**chosen), _no_amount(here)  # type: ignore[arg-type]


def amount(here: Here, written: str) -> tuple[Decimal | None, str]:
    """An amount as people there write it."""
    if not written:
        return None, ""
    try:
        return parse_decimal(written, locale=here.tr.locale, strict=True), ""
    except NumberFormatError:
        return None, _no_amount(here)


def _no_amount(here: Here) -> str:
    example = here.tr.money(Decimal(1500000), "COP")
    return here.t("The minimum is not an amount; write it like {example}.", example=example)


def _rows(here: Here, found: Plan) -> dict[str, Any]:
    """Figures, tabs and one page of the plan."""
    tab = address.one_of(here.asked, "show", ("", "not"), "")
    lists = {"": found.ready, "not": found.unready}
    paging = Paging(BULK.path, here.asked, len(lists[tab]))
    first = (paging.number - 1) * listing.ROWS
    problems = [row.problem for row in found.unready]
    return {
        "figures": [
            (here.t("Messages"), found.messages, ""),
            (here.t("Clients who get it"), len(found.ready), ""),
            (here.t("Without a contact"), problems.count("no_contact"), "warn"),
            (here.t("Dead or unsubscribed"), problems.count("stopped"), "warn"),
        ],
        "tabs": [
            {
                "name": here.t(name),
                "href": href(BULK.path, here.asked, show=code, page=None),
                "on": code == tab,
                "n": len(lists[code]),
            }
            for code, name in (("", "Who gets it"), ("not", "Who does not, and why"))
        ],
        "rows": [plan_row(here, row) for row in lists[tab][first : first + listing.ROWS]],
        "tab": tab,
        "paging": paging,
    }


def plan_row(here: Here, row: PlanRow) -> dict[str, Any]:
    """One client of a plan, for a list."""
    return {
        "name": row.name,
        "client_id": row.client_id,
        "href": href(CLIENT.path, {"client": row.client_id}),
        "balances": [here.money(b.total, b.currency) for b in row.balances],
        "overdue": [here.money(b.overdue, b.currency) for b in row.balances if b.overdue],
        "recipients": [one.shown for one in row.recipients],
        "left_out": [
            f"{left.contact.address}: {here.t(STOP_WORDS[stop.cause])}"
            for left in row.left_out
            for stop in left.stops[:1]
        ],
        "problem": here.t(PROBLEM_WORDS[row.problem]) if row.problem else "",
    }


def _recent(here: Here, mailing: Mailing) -> dict[str, Any]:
    counts = outbox.counts(here.store, here.company.id, mailing=mailing.public_id)
    return {
        "title": title_of(here, mailing),
        "href": href(BULK.path, {"mailing": mailing.public_id}),
        "by": mailing.created_by,
        "n": sum(counts.values()),
        "sent": counts["sent"] + counts["delivered"],
        "problems": counts["failed"] + counts["bounced"] + counts["unknown"],
        "state": here.t(MAILING_WORDS[mailing.state]),
        "tone": MAILING_TONES[mailing.state],
    }
