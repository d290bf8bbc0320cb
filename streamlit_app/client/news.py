"""What open pages show beside the figures: the notices of their client."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cartera.store import notices
from cartera.store.links import Link
from streamlit_app.shared.services import services

_BETWEEN = "\n"


def about(link: Link) -> str:
    """What a page is about: its company and its client."""
    return f"{link.company_id}{_BETWEEN}{link.client_id}"


class News:
    """What is new, for all open pages at once; the store is looked through only once it changed."""

    def __init__(self) -> None:
        # The store's marker, and what was found under it: one object, for threads to share.
        self._state: tuple[int, dict[str, str]] = (-1, {})

    def __call__(self, abouts: Collection[str]) -> Mapping[str, str]:
        """A text for each page that differs once its client's notices do."""
        store = services().store
        marker = notices.marker(store)
        if marker != self._state[0]:
            self._state = (marker, {})
        known = self._state[1]
        if unknown := [one for one in abouts if one not in known]:
            clients = {one: _client(one) for one in unknown}
            found = notices.changed_of(store, list(clients.values()))
            known.update({one: found.get(client, "") for one, client in clients.items()})
        return known


def _client(about: str) -> tuple[str, str]:
    company_id, _, client_id = about.partition(_BETWEEN)
    return company_id, client_id
