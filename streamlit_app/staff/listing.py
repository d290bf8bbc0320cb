"""Lists too long for one page: which page, sorted by what. Both stand in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from streamlit_app.staff import address
from streamlit_app.staff.address import href

#: Rows on a page; more is a wall, and heavy on a phone.
ROWS = 50


@dataclass(frozen=True, slots=True)
class Paging:
    """Where in a list of `count` rows this page is."""

    path: str
    asked: Mapping[str, str]
    count: int
    rows: int = ROWS

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // self.rows))

    @property
    def number(self) -> int:
        """The page asked for, or the last one where there are fewer."""
        return min(address.page(self.asked), self.pages)

    @property
    def previous(self) -> str:
        """Address of the page before; empty on the first."""
        return self._to(self.number - 1) if self.number > 1 else ""

    @property
    def next(self) -> str:
        """Address of the page after; empty on the last."""
        return self._to(self.number + 1) if self.number < self.pages else ""

    def _to(self, number: int) -> str:
        return href(self.path, self.asked, page=None if number == 1 else number)


def offset(asked: Mapping[str, str], rows: int = ROWS) -> int:
    """How many rows stand on the pages before the one asked for."""
    return (address.page(asked) - 1) * rows


@dataclass(frozen=True, slots=True)
class Sorting:
    """By which column, which way; `downwards` names the columns whose first turn is descending."""

    path: str
    asked: Mapping[str, str]
    by: str
    descending: bool
    downwards: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        path: str,
        asked: Mapping[str, str],
        options: Sequence[str],
        *,
        default: str,
        downwards: tuple[str, ...] = (),
    ) -> Sorting:
        """The order that an address asks for."""
        by = address.one_of(asked, "sort", list(options), default)
        way = address.one_of(asked, "order", ("", "asc", "desc"), "")
        return cls(path, asked, by, way == "desc" if way else by in downwards, downwards)

    def href(self, name: str) -> str:
        """Address of the same list by another column, or the other way round."""
        natural = name in self.downwards
        descending = not self.descending if name == self.by else natural
        way = "desc" if descending else "asc"
        return href(self.path, self.asked, sort=name, order=way, page=None)
