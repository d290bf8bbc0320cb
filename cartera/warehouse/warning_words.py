"""What a row of the mart `warnings` says, in words: odd, but loaded as it is."""

from __future__ import annotations

from cartera.i18n import Translator

#: English sentence of each code; translations are in `cartera/locale/*/reads.po`.
SENTENCES = {
    "over_allocated": "More was applied than it amounts to",
    "applied_before_issue": "Something was applied before it was issued",
    "more_taken_back_than_applied": "More was taken back than was applied",
    "other_client_pays": "Another client's money settles it",
    "source_is_not_a_credit": "What it comes from is no payment or credit note",
    "due_before_issue": "It falls due before it was issued",
    "instalments_do_not_add_up": "The instalments do not add up to the document",
    "key_with_other_client": "Its id came again with another client",
    "key_with_other_type": "Its id came again with another type",
    "key_with_other_currency": "Its id came again with another currency",
    "key_with_other_day": "Its id came again with another day",
    "same_under_two_keys": "Another id has the same client, type, number and total",
    "twice_in_one_file": "A file has it twice with other values: the later row counts",
}


def sentence(code: str, tr: Translator) -> str:
    """The code's sentence in the reader's language; an unknown code is shown as it is."""
    return tr.t(SENTENCES.get(code, code))
