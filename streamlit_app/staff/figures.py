"""Figures of the whole portfolio, kept while the publication that they come from is the newest.

They are the same for everybody of a company, and reading them costs more than drawing them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from cartera.aging import Aging
from cartera.config import Basis
from cartera.portfolio import TrendPoint
from cartera.warehouse import health
from cartera.warehouse.reader import NothingPublished, Reader
from streamlit_app.shared.services import services


def aging(company_id: str, as_of: date, basis: Basis, limit: int = 0, offset: int = 0) -> Aging:
    """Aging as of a day: totals, and rows of some clients."""
    return _aging(services().reader, _version(), company_id, as_of, basis, limit, offset)


def trend(company_id: str, as_of: date) -> tuple[TrendPoint, ...]:
    """What was open at the ends of the twelve months before, and on the day."""
    return _trend(services().reader, _version(), company_id, as_of)


def loaded(company_id: str) -> Mapping[str, int]:
    """How many rows of each table there are."""
    return _loaded(services().reader, _version(), company_id)


def noticed(company_id: str) -> Mapping[str, int]:
    """How many rows were refused, and how many wait."""
    return _noticed(services().reader, _version(), company_id)


def warned(company_id: str, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
    """A page of the warnings, and how many there are: finding them looks at every document."""
    return _warned(services().reader, _version(), company_id, limit, offset)


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
def _loaded(reader: Reader, _version: int, company_id: str) -> Mapping[str, int]:
    with reader.cursor() as cursor:
        cursor.execute("BEGIN")
        tables: Mapping[str, int] = health.counts(cursor, company_id)["tables"]
        return tables


@lru_cache(maxsize=12)
def _noticed(reader: Reader, _version: int, company_id: str) -> Mapping[str, int]:
    with reader.cursor() as cursor:
        cursor.execute("BEGIN")
        return {
            "refused": health.refused_count(cursor, company_id),
            "waiting": health.waiting_count(cursor, company_id),
        }


@lru_cache(maxsize=12)
def _warned(
    reader: Reader, _version: int, company_id: str, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    with reader.cursor() as cursor:
        cursor.execute("BEGIN")
        rows = health.warnings(cursor, company_id, limit=limit, offset=offset)
        return rows, health.warnings_count(cursor, company_id)
