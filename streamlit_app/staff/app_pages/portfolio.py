"""Page "Cartera": what everybody owes, how old it is, how it moved; every figure opens itself.

One section for each currency; currencies are never added together.
"""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

from cartera.aging import Aging, AgingRow
from cartera.config import Basis
from streamlit_app.staff import address, figures, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.app_pages.client import tone
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import CLIENT, DOCUMENTS, PORTFOLIO
from streamlit_app.staff.sections import trend
from streamlit_app.staff.sections.html import show


def draw(here: Here) -> None:
    """Totals by range, the trend, and the same by client."""
    asked = here.asked
    as_of = address.day(asked, "as_of") or here.today
    basis = address.one_of(asked, "basis", get_args(Basis), here.company.aging_basis)
    rows = listing.ROWS
    aging = figures.aging(here.company.id, as_of, basis, rows, listing.offset(asked))
    where = _where(here, as_of, basis)
    show(
        here,
        "portfolio",
        about=" · ".join([here.t("As of {day}", day=here.tr.day(as_of)), here.words.basis(basis)]),
        as_of=as_of.isoformat(),
        basis=basis,
        download=href("/download/aging.xlsx", where),
        sections=[_section(here, total, where) for total in aging.totals],
    )
    if aging.totals:
        trend.draw(here, figures.trend(here.company.id, as_of))
        _by_client(here, aging, where)


def _where(here: Here, as_of: date, basis: Basis) -> dict[str, str]:
    """What a figure's address needs to be the same figure behind it."""
    where = {}
    if as_of != here.today:
        where["as_of"] = as_of.isoformat()
    if basis != here.company.aging_basis:
        where["basis"] = basis
    return where


def _section(here: Here, total: AgingRow, where: dict[str, str]) -> dict[str, Any]:
    mine = {**where, "currency": total.currency}
    amounts = {**total.buckets, "unapplied": total.unapplied}
    # A share and lengths of bars: no amounts, so floats will do.
    owed = float(total.total) - float(total.unapplied)
    return {
        "currency": total.currency,
        "total": here.tr.money(total.total, total.currency),
        "href": href(DOCUMENTS.path, mine),
        "clients": here.t("1 client")
        if total.clients == 1
        else here.t("{n} clients", n=total.clients),
        "overdue": here.tr.money(total.overdue, total.currency) if total.overdue else "",
        "overdue_href": href(DOCUMENTS.path, mine, range="overdue"),
        "share": here.t("{n} % of what is owed", n=round(100 * float(total.overdue) / owed))
        if owed > 0
        else "",
        "ranges": [
            {
                "name": here.words.bucket(name),
                "amount": here.tr.money(amount, total.currency),
                "href": href(DOCUMENTS.path, mine, range=name),
                "tone": tone(name, amount),
                "width": round(float(amount) / owed, 4)
                if owed > 0 and amount > 0 and name != "unapplied"
                else 0,
            }
            for name, amount in amounts.items()
        ],
    }


def _by_client(here: Here, aging: Aging, where: dict[str, str]) -> None:
    codes = [total.currency for total in aging.totals]
    preferred = here.company.currency if here.company.currency in codes else codes[0]
    currency = address.one_of(here.asked, "currency", codes, preferred)
    count = next(total.clients for total in aging.totals if total.currency == currency)
    paging = Paging(PORTFOLIO.path, here.asked, count)
    rows = [row for row in aging.rows if row.currency == currency]
    names = list(aging.totals[0].buckets)
    show(
        here,
        "by_client",
        currency=currency,
        others=[
            {
                "name": code,
                "href": href(PORTFOLIO.path, here.asked, currency=code, page=None),
                "on": code == currency,
            }
            for code in codes
        ]
        if len(codes) > 1
        else [],
        names=[here.words.bucket(name) for name in (*names, "unapplied")],
        rows=[_row(here, row, where) for row in rows],
        paging=paging,
    )


def _row(here: Here, row: AgingRow, where: dict[str, str]) -> dict[str, Any]:
    mine = {**where, "client": row.client_id, "currency": row.currency}
    amounts = {**row.buckets, "unapplied": row.unapplied}
    return {
        "client": row.client or row.client_id,
        "href": href(CLIENT.path, {"client": row.client_id}),
        "cells": [
            {
                "amount": here.tr.money(amount, row.currency) if amount else "",
                "href": href(DOCUMENTS.path, mine, range=name),
                "tone": tone(name, amount),
            }
            for name, amount in amounts.items()
        ],
        "total": here.tr.money(row.total, row.currency),
        "all": href(DOCUMENTS.path, mine),
    }
