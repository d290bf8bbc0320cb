"""Why a row waits, as a sentence that names both sides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from cartera.i18n import Translator
from cartera.warehouse.held_rows import Held
from cartera.warehouse.screening import NUMBERED

WORDS = {
    "key_reused": "{key} is in the books: {old}. The file has it for another client, day and"
    " amount: {new}. Which one is it?",
    "closed_day": "{key} would change figures until {day}, for which the books are closed: {old}"
    " in the books, {new} in the file",
    "goes_with_held": "{key} goes with a row that waits",
}


def sentences(held: Held, translator: Translator) -> list[str]:
    """Each reason."""
    return [
        translator.t(
            WORDS[reason.code],
            key=held.key,
            old=side(held.table, held.known, translator),
            new=side(held.table, held.record, translator),
            day=translator.day(date.fromisoformat(reason.value)) if reason.value else "",
        )
        for reason in held.reasons
    ]


def side(table: str, row: Mapping[str, str | None] | None, translator: Translator) -> str:
    """Client, day and amount of a document or payment; of other rows their amount."""
    if row is None:
        return translator.t("nothing")
    day, amount = NUMBERED.get(table, ("date", "amount"))
    shown = [
        row.get("client_id"),
        value_text(day, row.get(day), row, translator),
        value_text(amount, row.get(amount), row, translator),
    ]
    return ", ".join(part for part in shown if part)


def value_text(
    name: str, value: str | None, row: Mapping[str, str | None], translator: Translator
) -> str:
    """A value of a row as people write it; empty for none."""
    if value is None:
        return ""
    if name in ("total", "amount", "source_amount", "credit_limit"):
        currency = row.get("currency")
        written = translator.money(Decimal(value), currency or "COP")
        return f"{written} {currency or ''}".strip()
    if name in ("issue_date", "due_date", "date", "voided_on"):
        return translator.day(date.fromisoformat(value))
    return value
