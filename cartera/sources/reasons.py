"""Why a row was refused, as a sentence in somebody's language."""

from __future__ import annotations

from cartera.contract import Reason
from cartera.errors import Fault
from cartera.i18n import Translator

#: English sentence of each rule; translations are in `cartera/locale/*/sources.po`.
SENTENCES = {
    "missing": "{column}: is required and empty",
    "other_company": "{column}: “{value}” is not the company that this file belongs to",
    "error_cell": "{column}: the cell holds an error of the spreadsheet ({value})",
    "formula_without_value": "{column}: the formula {value} has no stored result: open the file in"
    " Excel or LibreOffice, save it, and load it again",
    "not_a_date": "{column}: “{value}” is not a date (YYYY-MM-DD, from 1900 to 2199)",
    "not_an_amount": "{column}: “{value}” is not an amount (such as 1234.50)",
    "marks_in_amount": "{column}: “{value}” has marks that nothing declares so: write it as"
    " 1234.50, or say in a mapping which mark is which",
    "not_positive": "{column}: {value} must be greater than zero",
    "zero": "{column}: must not be zero",
    "date_required": "{column}: an amount below zero takes something back, and needs its day",
    "ambiguous_mark": "{column}: {value} may be thousands or have decimals: write it without"
    " thousands marks, or say in a mapping which mark is which",
    "too_many_decimals": "{column}: {value} has more decimals than its currency",
    "too_large": "{column}: {value} is too large",
    "unknown_currency": "{column}: “{value}” is not a currency (ISO 4217, such as COP)",
    "unknown_value": "{column}: “{value}” is not one of the values allowed",
    "not_a_bool": "{column}: “{value}” is neither true nor false",
    "not_an_integer": "{column}: “{value}” is not a whole number",
    "not_a_time": "{column}: “{value}” is not an ISO date and time",
    "source_required": "{column}: this kind needs the payment or credit note it comes from",
    "source_forbidden": "{column}: this kind has no source, but “{value}” is given",
    "target_required": "document_id: neither a document nor a payment is named",
    "two_targets": "document_id and target_payment_id: only one of them may be given",
    "target_payment_only_for_refund": "{column}: only a refund may go to a payment",
    "inexact_number": "{column}: {value} is a number whose last digits the file has lost: save the"
    " column as text",
    "too_long": "{column}: is too long",
    "control_character": "{column}: has characters that cannot be shown",
    "too_many_fields": "more fields than the header ({value})",
    "bad_quote": "a quote is opened and not closed, or stands inside a field without being doubled",
    "too_few_fields": "fewer fields than the header ({value})",
    "duplicate_field": "{column}: the line gives it twice",
    "not_json": "the line is not a JSON object: {value}",
}


def sentence(reason: Reason, language: str) -> str:
    """The reason as a person reads it; an unknown code is shown as it is."""
    return fault(reason).said(Translator(language))


def fault(reason: Reason) -> Fault:
    """The reason as a fault, for whoever says it later."""
    text = SENTENCES.get(reason.code)
    if text is None:
        return Fault(": ".join(p for p in (reason.column, reason.code, reason.value) if p))
    return Fault(text, column=reason.column or "", value=reason.value or "")
