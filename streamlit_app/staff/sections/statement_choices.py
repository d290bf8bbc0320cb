"""What statement of a client: of which day, of which kind, and which of its lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import streamlit as st

from cartera.i18n import Translator
from cartera.render.words import Words
from cartera.statement import KINDS, Kind, Statement
from streamlit_app.staff.filters import STATUSES, Filters, bucket_names

KIND_WORDS = {
    "open": "Open items",
    "activity": "Activity",
    "forward": "Balance forward",
}
STATUS_WORDS = {
    "open": "Pending",
    "partial": "Partly paid",
    "overdue": "Overdue",
    "paid": "Paid",
    "void": "Void",
}


@dataclass(frozen=True, slots=True)
class Choices:
    """The statement asked for."""

    as_of: date
    kind: Kind
    statuses: tuple[str, ...]

    @property
    def include_paid(self) -> bool:
        """Settled documents are read only when somebody wants to see them."""
        return bool({"paid", "void"} & set(self.statuses))


def statement_choices(today: date, tr: Translator) -> Choices:
    """Day, kind and statuses."""
    day, kinds, statuses = st.columns([3, 6, 8], gap="medium")
    as_of = day.date_input(tr.t("As of"), value=today, format="DD/MM/YYYY", key="as_of")
    kind = kinds.segmented_control(
        tr.t("Kind of statement"),
        KINDS,
        default="open",
        required=True,
        format_func=lambda name: tr.t(KIND_WORDS[name]),
        key="kind",
    )
    chosen: list[str] = []
    if kind == "open":
        chosen = statuses.pills(
            tr.t("Status"),
            STATUSES,
            selection_mode="multi",
            format_func=lambda name: tr.t(STATUS_WORDS[name]),
            key="statuses",
        )
    return Choices(as_of or today, kind, tuple(chosen))


def line_filters(statement: Statement, choices: Choices, tr: Translator) -> Filters:
    """Quick buttons for the overdue ranges, and a part of a document's number."""
    ranges, number = st.columns([3, 1], gap="medium")
    buckets = ranges.pills(
        tr.t("Days overdue"),
        bucket_names(statement),
        selection_mode="multi",
        format_func=Words.of(statement).bucket,
        key="buckets",
    )
    text = number.text_input(tr.t("Document number"), key="number")
    return Filters(choices.statuses, tuple(buckets), text)
