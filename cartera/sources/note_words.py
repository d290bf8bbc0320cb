"""A file's notes as sentences in somebody's language."""

from __future__ import annotations

from cartera.contract import Note
from cartera.i18n import Translator

#: English sentence of each code; translations are in `cartera/locale/*/sources.po`.
SENTENCES = {
    "other_encoding": "the file is not UTF-8; it was read as {detail}",
    "decoded_twice": "row {row}, {column}: the letters of “{value}” were spoilt before the file"
    " was saved",
    "unusable_address": "row {row}: no mail can go to “{value}”: {reason}",
    "capitals_differ": "row {row}, {column}: “{value}” and “{detail}” are two; they differ in"
    " capitals alone",
    "subtotal": "row {row}: “{value}” seems to be a sum of other rows ({detail}) and was loaded"
    " like any other",
    "more": "and {count} more of the kind",
}


def sentence(note: Note, language: str) -> str:
    """The note as a person reads it; an unknown code is shown as it is."""
    text = SENTENCES.get(note.code)
    if text is None:
        return ": ".join(p for p in (note.column, note.code, note.value) if p)
    tr = Translator(language)
    reason = note.detail or ""
    if note.code == "unusable_address":  # then it is one of `cartera.mail.addresses.REASONS`
        reason = tr.t(reason)
    return tr.t(
        text,
        column=note.column or "",
        value=note.value or "",
        row=note.row or "",
        detail=note.detail or "",
        reason=reason,
        count=note.count,
    )
