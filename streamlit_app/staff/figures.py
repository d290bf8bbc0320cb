"""Figures of the whole portfolio, kept while the publication that they come from is the newest.

They are the same for everybody of a company, and reading them costs more than drawing them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from cartera.aging import Aging
from cartera.config import Basis
from cartera.portfolio import TrendPoint
from cartera.warehouse import health
from cartera.warehouse.reader import NothingPublished, Reader
from streamlit_app.shared.services import services


@dataclass(frozen=True, slots=True)
class Loaded:
    """Counts of rows, by table, and by what is to be looked at."""

    tables: Mapping[str, int]
    noticed: Mapping[str, int]


def aging(company_id: str, as_of: date, basis: Basis, limit: int = 0, offset: int = 0) -> Aging:
    """Aging as of a day: totals, and rows of some clients."""
    return _aging(services().reader, _version(), company_id, as_of, basis, limit, offset)


def trend(company_id: str, as_of: date) -> tuple[TrendPoint, ...]:
    """What was open at the ends of the twelve months before, and on the day."""
    return _trend(services().reader, _version(), company_id, as_of)


def loaded(company_id: str) -> Loaded:
    """How many rows of each table there are, and how many are refused, wait, or are odd."""
    return _loaded(services().reader, _version(), company_id)


def _version() -> int:
    publication = services().reader.publication()
    if publication is None:
        raise NothingPublished
    return publication.id


# A few each: an old publication's figures are asked for no more.
@lru_cache(maxsize=32)
def _aging(
    reader: Reader,
    _version: int,
    company_id: str,
    as_of: date,
    basis: Basis,
    limit: int,
    offset: int,
) -> Aging:
    return reader.aging(company_id, as_of=as_of, basis=basis, limit=limit, offset=offset)


@lru_cache(maxsize=12)
def _trend(reader: Reader, _version: int, company_id: str, as_of: date) -> tuple[TrendPoint, ...]:
    return reader.trend(company_id, as_of=as_of, months=12)


@lru_cache(maxsize=12)
def _loaded(reader: Reader, _version: int, company_id: str) -> Loaded:
    with reader.cursor() as cursor:
        cursor.execute("BEGIN")
        return Loaded(
            health.counts(cursor, company_id)["tables"],
            {
                "refused": health.refused_count(cursor, company_id),
                "waiting": health.waiting_count(cursor, company_id),
                "warnings": health.warnings_count(cursor, company_id),
            },
        )
