"""The controls of a page: links that choose which of a statement's lines are shown.

A control is a plain link to the same page with another choice in its address, so it works
without JavaScript and can be bookmarked. Where `page.js` runs it does the same at once, without
asking the server: both read the address, and a browser test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from cartera.filters import STATUSES, Filters
from cartera.render.words import Words

STATUS_WORDS = {
    "open": "Pending",
    "partial": "Partly paid",
    "overdue": "Overdue",
    "paid": "Paid",
    "void": "Void",
}


@dataclass(frozen=True, slots=True)
class Control:
    """One link that turns a choice on, or off where it is `on`."""

    name: str
    value: str
    href: str
    on: bool


class Controls:
    """Links for the choices of a page at `address`, a path with or without a query."""

    def __init__(self, address: str, filters: Filters, words: Words) -> None:
        self.address = address
        self.filters = filters
        self.words = words
        #: Leads to everything: no status and no range chosen.
        self.everything = self._href(replace(filters, statuses=(), buckets=()))

    def statuses(self) -> tuple[Control, ...]:
        """One for each status that an item can have."""
        return tuple(self._status(name) for name in STATUSES)

    def bucket(self, name: str) -> Control:
        """The one of an aging range, or of the money in favour."""
        chosen = self.filters.buckets
        to = replace(self.filters, buckets=_toggled(chosen, name))
        return Control(self.words.bucket(name), name, self._href(to), name in chosen)

    def _status(self, name: str) -> Control:
        chosen = self.filters.statuses
        to = replace(self.filters, statuses=_toggled(chosen, name))
        return Control(self.words.t(STATUS_WORDS[name]), name, self._href(to), name in chosen)

    def _href(self, filters: Filters) -> str:
        query = urlencode(filters.to_query(), safe=",")
        if not query:
            return self.address
        return f"{self.address}{'&' if '?' in self.address else '?'}{query}"


def _toggled(chosen: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(x for x in chosen if x != name) if name in chosen else (*chosen, name)
