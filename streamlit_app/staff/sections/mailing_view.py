"""One mailing: its messages before they leave, and what becomes of them afterwards."""

from __future__ import annotations

from typing import Any

from cartera.errors import NotFound
from cartera.mail.outgoing import State
from cartera.store import mailings, outbox
from cartera.store.mailings import Mailing, MailingState
from cartera.store.messages import Message
from streamlit_app.staff import address, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import BULK, MAILINGS
from streamlit_app.staff.sections import message_preview
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.message_rows import rows_of
from streamlit_app.staff.sections.message_words import MOVING, kind_of, state_of, who
from streamlit_app.staff.sections.moving import moving
from streamlit_app.staff.sections.nothing import nothing

MAILING_WORDS: dict[MailingState, str] = {
    "draft": "Not sent yet",
    "queued": "Sent",
    "discarded": "Discarded",
}
MAILING_TONES: dict[MailingState, str] = {"draft": "warn", "queued": "credit", "discarded": ""}
#: Tabs of a mailing: before it is sent, and after.
BEFORE: dict[str, tuple[State, ...]] = {"draft": ("draft",), "held": ("held",)}
AFTER: dict[str, tuple[State, ...]] = {
    "pending": MOVING,
    "sent": ("sent", "delivered"),
    "problems": ("failed", "bounced", "unknown"),
    "not_sent": ("skipped", "cancelled", "held", "draft"),
}
TAB_WORDS = {
    "": "All",
    "draft": "To be sent",
    "held": "Those held back",
    "pending": "On their way",
    "sent": "Gone out",
    "problems": "With problems",
    "not_sent": "Not sent",
}
#: How much of the bar each group takes, and its colour.
BAR = (("sent", ""), ("problems", "late"), ("not_sent", "soft"))


def draw(here: Here, public_id: str) -> None:
    """Head, progress and rows, which move by themselves; or one message before it leaves."""
    try:
        mailing = mailings.get(here.store, here.company.id, public_id)
    except NotFound:
        nothing(here, here.t("There is no such mailing."), BULK)
        return
    number = here.asked.get("n", "")
    if mailing.state == "draft" and number.isdecimal() and len(number) < 8:
        _one(here, mailing, int(number))
        return
    moving(here, lambda now: _all(now, public_id))


def _all(here: Here, public_id: str) -> bool:
    mailing = mailings.get(here.store, here.company.id, public_id)
    groups = BEFORE if mailing.state == "draft" else AFTER
    group = address.one_of(here.asked, "state", list(groups), "")
    text = address.text(here.asked, "text")
    store, company = here.store, here.company.id
    states = groups.get(group, ())
    # Before the rows: a row that is behind these is drawn once more.
    counts = outbox.counts(store, company, mailing=public_id)
    count = outbox.count_messages(store, company, states=states, mailing=public_id, text=text)
    paging = Paging(BULK.path, here.asked, count)
    first = (paging.number - 1) * listing.ROWS
    found = outbox.list_messages(
        store, company, states=states, mailing=public_id, text=text,
        limit=listing.ROWS, offset=first,
    )  # fmt: skip
    total = sum(counts.values())
    rows = rows_of(here, found)
    for n, row in enumerate(rows):
        row["preview"] = href(BULK.path, here.asked, n=first + n, view=None)
    show(
        here,
        "mailing",
        back=BULK.path,
        title=title_of(here, mailing),
        mailing=mailing,
        state=here.t(MAILING_WORDS[mailing.state]),
        tone=MAILING_TONES[mailing.state],
        made=here.t(
            "Prepared on {day} by {who}",
            day=here.moment(mailing.created_at),
            who=who(here, mailing.created_by),
        ),
        subject=mailing.content.subject,
        send=href(BULK.path, here.asked, send="1") if counts["draft"] else "",
        send_text=_messages(here, counts["draft"]),
        discard=href(BULK.path, here.asked, discard="1"),
        retry=_retry(here, public_id, counts),
        progress=_progress(here, counts, total),
        tabs=[
            {
                "name": here.t(TAB_WORDS[name]),
                "href": href(BULK.path, here.asked, state=name, page=None),
                "on": name == group,
                "n": sum(counts[state] for state in groups[name]) if name else total,
                "urgent": name == "problems",
            }
            for name in ("", *groups)
        ],
        text=text,
        rows=rows,
        paging=paging,
    )
    return mailing.state == "queued" and any(counts[state] for state in MOVING)


def title_of(here: Here, mailing: Mailing) -> str:
    """What a mailing is called."""
    return f"{kind_of(here, mailing.kind)} · {here.moment(mailing.created_at)}"


def _messages(here: Here, n: int) -> str:
    return here.t("Send 1 message") if n == 1 else here.t("Send {n} messages", n=n)


def _retry(here: Here, public_id: str, counts: dict[State, int]) -> dict[str, str]:
    if not counts["failed"]:
        return {}
    asked = {"mailing": public_id, "state": "problems", "retry_all": "1"}
    name = f"{here.t('Retry those that failed')} ({counts['failed']})"
    return {"name": name, "href": href(MAILINGS.path, asked)}


def _progress(here: Here, counts: dict[State, int], total: int) -> dict[str, Any]:
    """How far it is, in words and as a bar."""
    left = sum(counts[state] for state in MOVING)
    part = [
        (sum(counts[state] for state in AFTER[name]) * 100 / max(total, 1), tone)
        for name, tone in BAR
    ]
    text = (
        here.t("{done} of {total} are done", done=total - left, total=total)
        if left
        else here.t("Finished: nothing is on its way any more.")
    )
    return {"text": text, "percent": (total - left) * 100 // max(total, 1), "parts": part}


def _one(here: Here, mailing: Mailing, n: int) -> None:
    """The n-th message as it would be sent now, with a way to the ones beside it."""
    store, company = here.store, here.company.id
    group = address.one_of(here.asked, "state", list(BEFORE), "")
    chosen: dict[str, Any] = {
        "states": BEFORE.get(group, ()),
        "mailing": mailing.public_id,
        "text": address.text(here.asked, "text"),
    }
    count = outbox.count_messages(store, company, **chosen)
    n = min(n, max(count - 1, 0))
    found = outbox.list_messages(store, company, **chosen, limit=1, offset=n)
    if not found:
        nothing(here, here.t("There is no such message."), BULK)
        return
    message: Message = found[0]
    names = here.client_names([message.client_id])
    show(
        here,
        "mailing_one",
        back=href(BULK.path, here.asked, n=None, view=None),
        mailing_title=title_of(here, mailing),
        client=names.get(message.client_id, message.client_id),
        message=message,
        place=here.t("{n} of {total}", n=n + 1, total=count),
        previous=href(BULK.path, here.asked, n=n - 1) if n > 0 else "",
        next=href(BULK.path, here.asked, n=n + 1) if n + 1 < count else "",
        **state_of(here, message.state),
    )
    message_preview.draw(here, message, path=BULK.path)
