"""Why a row waits, as a sentence that names both sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from cartera.contract import Reason
from cartera.i18n import Translator
from cartera.render.words import KINDS, TYPES
from cartera.warehouse.followers import NUMBERED
from cartera.warehouse.held_rows import Held

WORDS = {
    "key_reused": "{key} is in the books: {old}. The file has it for another client, day and"
    " amount: {new}. Which one is it?",
    "closed_day": "{key} would change figures until {day}, for which the books are closed: {old}"
    " in the books, {new} in the file",
    "goes_with_held": "{key} goes with a row that waits",
    "names_reused": "{key} names a number that two rows have, and nothing shows which one it means."
    " Accepted, it counts for the one in the books",
}
#: Names of columns, where people see them.
COLUMNS = {
    "client_id": "Client",
    "type": "Type",
    "number": "Number",
    "issue_date": "Creation date",
    "due_date": "Due date",
    "date": "Day",
    "currency": "Currency",
    "total": "Amount",
    "amount": "Amount",
    "status": "Status",
    "reference": "Reference",
    "purchase_order": "Purchase order",
    "document_id": "Document",
    "source_id": "Comes from",
    "target_payment_id": "Payment",
    "source_amount": "Amount in its currency",
    "instalment": "Instalment",
    "kind": "Kind",
    "label": "Label",
    "method": "Method",
    "direction": "Direction",
    "voided_on": "Void since",
    "disputed": "Disputed",
    "url": "Link",
    "name": "Name",
    "tax_id": "Tax ID",
    "emails": "Mail",
    "phone": "Phone",
    "notes": "Notes",
    "credit_limit": "Credit limit",
    "group": "Group",
    "salesperson": "Salesperson",
    "language": "Language",
}
#: Values that the contract spells; those of the kinds and types stand with the statement's words.
VALUES = {
    "issued": "Issued",
    "draft": "Draft",
    "void": "Void",
    "received": "Received",
    "pending": "Pending",
    "posted": "Applied",
    "active": "In force",
    "in": "Incoming",
    "out": "Outgoing",
    "true": "Yes",
    "false": "No",
}
#: What says when and how much, of tables whose keys nobody numbers.
_DAYS = {"instalments": "due_date"}


def said_reasons(held: Held) -> list[Reason]:
    """Why it waits, as people are told: what goes with nothing is a question of its own."""
    return [
        replace(one, code="names_reused")
        if one.code == "goes_with_held" and held.follows is None
        else one
        for one in held.reasons
    ]


def sentences(held: Held, translator: Translator) -> list[str]:
    """Each reason."""
    return [_sentence(held, reason, translator) for reason in said_reasons(held)]


def _sentence(held: Held, reason: Reason, translator: Translator) -> str:
    more: tuple[str, ...] = ()
    if reason.code == "closed_day" and held.known is not None:
        more = held.changes
    elif "void" in ((held.known or {}).get("status"), held.record.get("status")):
        more = ("status", "voided_on") if held.record.get("voided_on") else ("status",)
    return translator.t(
        WORDS[reason.code],
        key=held.key,
        old=side(held.table, held.known, translator, more),
        new=side(held.table, held.record, translator, more),
        day=translator.day(date.fromisoformat(reason.value)) if reason.value else "",
    )


def side(
    table: str,
    row: Mapping[str, str | None] | None,
    translator: Translator,
    more: Iterable[str] = (),
) -> str:
    """Client, day and amount of a document or payment, of other rows day and amount; then the
    values of these columns, too.
    """
    if row is None:
        return translator.t("nothing")
    day, amount = NUMBERED.get(table, (_DAYS.get(table, "date"), "amount"))
    shown = [
        row.get("client_id"),
        value_text(day, row.get(day), row, translator),
        value_text(amount, row.get(amount), row, translator),
    ]
    for name in more:
        if name not in ("client_id", day, amount, "currency"):
            label = translator.t(COLUMNS[name]) if name in COLUMNS else name
            shown.append(f"{label}: {_word(name, row, translator) or '—'}")
    return ", ".join(part for part in shown if part)


def _word(name: str, row: Mapping[str, str | None], translator: Translator) -> str:
    value = row.get(name)
    word = {"type": TYPES, "kind": KINDS}.get(name, VALUES).get(value or "")
    if name in ("type", "kind", "status", "direction", "disputed") and word:
        return translator.t(word)
    return value_text(name, value, row, translator)


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
