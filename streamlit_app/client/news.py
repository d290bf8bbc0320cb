"""What open pages show beside the figures: the notices and the payments of their client."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cartera.store import notices, online_changes
from cartera.store.links import Link
from streamlit_app.shared.services import services

_BETWEEN = "\n"


def about(link: Link) -> str:
    """What a page is about: its company and its client."""
    return f"{link.company_id}{_BETWEEN}{link.client_id}"


def changed_of(clients: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """A text for each client (company and client id) that differs once something of these does;
    those who have nothing have none.
    """
    store = services().store
    told = notices.changed_of(store, clients)
    paid = online_changes.changed_of(store, clients)
    return {one: f"{told.get(one, '')} {paid.get(one, '')}" for one in {*told, *paid}}


def changed(link: Link) -> str:
    """The same of one page."""
    client = (link.company_id, link.client_id)
    return changed_of([client]).get(client, "")


class News:
    """What is new, for all open pages at once; the store is looked through only once it changed."""

    def __init__(self) -> None:
        # The store's marker, and what was found under it: one object, for threads to share.
        self._state: tuple[int, dict[str, str]] = (-1, {})

    def __call__(self, abouts: Collection[str]) -> Mapping[str, str]:
        """A text for each page that differs once something of its client's does."""
        store = services().store
        marker = notices.marker(store)
        if marker != self._state[0]:
            self._state = (marker, {})
        known = self._state[1]
        if unknown := [one for one in abouts if one not in known]:
            clients = {one: _client(one) for one in unknown}
            found = changed_of(list(clients.values()))
            known.update({one: found.get(client, "") for one, client in clients.items()})
        return known


def _client(about: str) -> tuple[str, str]:
    company_id, _, client_id = about.partition(_BETWEEN)
    return company_id, client_id
