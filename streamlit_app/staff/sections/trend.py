"""How the portfolio moved: a stacked chart for each currency, and the same figures as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import streamlit as st

from cartera.portfolio import TrendPoint
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import PORTFOLIO
from streamlit_app.staff.sections.html import show

#: From what is not due yet to what is oldest: readable by day and by night, and without seeing
#: colours (each is darker or lighter than its neighbours).
COLOURS = ("#2f8f87", "#e9b44c", "#e07a3f", "#c8452f", "#8e1f2f", "#5e1426")
NUMBERS = {
    "es": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["$", ""]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["$", ""]},
}


def draw(here: Here, points: Sequence[TrendPoint]) -> None:
    """Each currency's chart and table."""
    codes = list(dict.fromkeys(point.currency for point in points))
    for code in codes:
        mine = [point for point in points if point.currency == code]
        if len(mine) > 1:
            _one(here, code, mine)


def _one(here: Here, currency: str, points: Sequence[TrendPoint]) -> None:
    title = here.t("What was open at each month's end, {currency}", currency=currency)
    names = list(points[0].buckets)
    with st.container(key=f"trend_{currency.lower()}"):
        show(here, "title", title=title)
        st.vega_lite_chart(
            _rows(here, points, names), _spec(here, names, title), height=260, width="stretch"
        )
        show(
            here,
            "trend",
            title=title,
            names=[here.words.bucket(name) for name in (*names, "unapplied")],
            rows=[
                {
                    "day": here.tr.day(point.day),
                    "href": href(PORTFOLIO.path, {"as_of": point.day.isoformat()}),
                    "amounts": [
                        here.tr.money(amount, currency)
                        for amount in (*point.buckets.values(), point.unapplied)
                    ],
                    "total": here.tr.money(point.total, currency),
                }
                for point in reversed(points)
            ],
        )


def _rows(here: Here, points: Sequence[TrendPoint], names: Sequence[str]) -> pa.Table:
    """What the chart draws. Floats: these are lengths of bars, the table has the figures."""
    cells = [(point, n, name) for point in points for n, name in enumerate(names)]
    return pa.table(
        {
            "day": [month(here, point.day) for point, _, _ in cells],
            "order": [point.day.toordinal() for point, _, _ in cells],
            "range": [here.words.bucket(name) for _, _, name in cells],
            "rank": [n for _, n, _ in cells],
            "amount": [float(point.buckets[name]) for point, _, name in cells],
            "text": [here.money(point.buckets[name], point.currency) for point, _, name in cells],
        }
    )


def month(here: Here, day: date) -> str:
    """A column's name: `oct 2026`, and the day itself for one that ends no month."""
    from babel.dates import format_date

    ends_month = (day + timedelta(days=1)).day == 1
    pattern = "MMM y" if ends_month else "d MMM y"
    return format_date(day, pattern, locale=here.tr.locale).replace(".", "")


def _spec(here: Here, names: Sequence[str], title: str) -> dict[str, Any]:
    words = [here.words.bucket(name) for name in names]
    colours = [COLOURS[min(n, len(COLOURS) - 1)] for n in range(len(names))]
    return {
        "description": title,
        "mark": {"type": "bar"},
        "encoding": {
            "x": {
                "field": "day",
                "type": "ordinal",
                "sort": {"field": "order"},
                "title": None,
                "axis": {"labelAngle": 0, "labelOverlap": True},
            },
            "y": {
                "field": "amount",
                "type": "quantitative",
                "title": None,
                "axis": {"format": ",.3~s", "tickCount": 4},
            },
            "color": {
                "field": "range",
                "type": "nominal",
                "sort": words,
                "scale": {"domain": words, "range": colours},
                "legend": {"title": None, "orient": "bottom", "columns": 2},
            },
            "order": {"field": "rank"},
            "tooltip": [
                {"field": "day", "type": "ordinal", "title": here.t("Day")},
                {"field": "range", "type": "nominal", "title": here.t("Range")},
                {"field": "text", "type": "nominal", "title": here.t("Amount")},
            ],
        },
        "config": {"locale": {"number": NUMBERS[here.tr.language]}, "view": {"stroke": None}},
    }
