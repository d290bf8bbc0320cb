"""Whom a message goes to: the client's contacts as ticks, and more addresses beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from cartera.mail import addresses
from cartera.mail.outgoing import Kind
from cartera.portfolio import ClientRecord
from cartera.store import contacts, stopped
from cartera.store.contacts import Contact
from cartera.store.stopped import Stop
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain

#: Why an address gets nothing, said after it.
STOP_WORDS = {
    "dead": "nobody is there any more",
    "unsubscribed": "asked to get no more of these",
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a message goes; `name` is the person's, where it is known."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was ticked and written; `problems` are sentences, and nothing is sent while any is."""

    recipients: tuple[Recipient, ...]
    problems: tuple[str, ...]


def contacts_of(here: Here, record: ClientRecord) -> tuple[Contact, ...]:
    """The client's contacts, those of files and those made by hand."""
    mine = {record.client_id: (record.emails, record.language)}
    return contacts.contacts_of(here.store, here.company.id, mine).get(record.client_id, ())


def choose(here: Here, found: Sequence[Contact], kind: Kind, *, key: str) -> Chosen:
    """Draw the ticks and the field; contacts that want this kind of mail are ticked."""
    held = stopped.stopped(here.store, here.company.id, [one.address for one in found])
    st.markdown(f"**{here.t('Recipients')}**")
    ticked = [
        Recipient(one.address, one.name)
        for one in found
        if _tick(here, one, kind, held.get(one.address, []), key)
    ]
    if not found:
        st.caption(here.t("This client has no contacts with a mail address."))
    written = st.text_input(
        here.t("Other addresses, separated by commas"),
        key=f"{key}_more",
        max_chars=5000,
        placeholder="ana@empresa.co, pedro@empresa.co",
        autocomplete="off",
    )
    good, wrong = addresses.parse(written)
    problems = [
        here.t("{address} is not an address: {reason}", address=one.text, reason=here.t(one.reason))
        for one in wrong
    ]
    stops = stopped.stopped(here.store, here.company.id, good)
    problems += [
        f"{address}: {here.t(STOP_WORDS[stop.cause])}"
        for address in good
        if (stop := _stop(stops.get(address, []), kind))
    ]
    known = {one.address for one in ticked}
    more = [Recipient(address) for address in good if address not in known]
    for problem in problems:
        st.error(plain(problem), icon=":material/error:")
    return Chosen((*ticked, *more), tuple(problems))


def _tick(here: Here, one: Contact, kind: Kind, stops: Sequence[Stop], key: str) -> bool:
    stop = _stop(stops, kind)
    label = f"{plain(one.name)} · {plain(one.address)}" if one.name else plain(one.address)
    if stop:
        label += f" — {here.t(STOP_WORDS[stop.cause])}"
    return st.checkbox(
        label,
        value=kind in one.kinds and not stop,
        disabled=stop is not None,
        key=f"{key}_to_{one.address}",
    )


def _stop(stops: Sequence[Stop], kind: Kind) -> Stop | None:
    return next((stop for stop in stops if stop.holds_back(kind)), None)
