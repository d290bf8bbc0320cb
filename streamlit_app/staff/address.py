"""Addresses of pages: the query says what is chosen; what makes no sense in it is ignored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar
from urllib.parse import urlencode

#: Longer texts in an address were not made here.
LONGEST = 200
MOST_PAGES = 100_000

Option = TypeVar("Option", bound=str)


def href(path: str, query: Mapping[str, object] | None = None, **changes: object) -> str:
    """The address of `path` with a query and some of it changed; empty and None are left out.

    >>> href("/clientes", {"text": "sol", "page": "3"}, page=None, only="overdue")
    '/clientes?text=sol&only=overdue'
    """
    merged = {**(query or {}), **changes}
    kept = {name: str(value) for name, value in merged.items() if value not in (None, "")}
    return f"{path}?{urlencode(kept, safe=',')}" if kept else path


def text(query: Mapping[str, str], name: str) -> str:
    """A text of the query, cut to what a person types."""
    return query.get(name, "").strip()[:LONGEST]


def day(query: Mapping[str, str], name: str) -> date | None:
    """A date of the query; None where it says none, or nonsense."""
    found = query.get(name, "")
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", found):
        return None
    try:
        return date.fromisoformat(found)
    except ValueError:
        return None


def one_of(
    query: Mapping[str, str], name: str, options: Sequence[Option], default: Option
) -> Option:
    """One of the options; the default where the query names none of them."""
    found = query.get(name)
    return next((option for option in options if option == found), default)


def page(query: Mapping[str, str]) -> int:
    """Number of the page, from 1."""
    found = query.get("page", "")
    return min(max(int(found), 1), MOST_PAGES) if re.fullmatch(r"[0-9]{1,6}", found) else 1
