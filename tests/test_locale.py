"""Every text that a person reads is there in Spanish, and every Spanish text is read somewhere."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po

from cartera.i18n import LOCALE_DIR, Translator
from cartera.mail import addresses, offers, placeholders
from cartera.notices import letter_words
from cartera.notices import terms as notice_terms
from cartera.online import reconciling
from cartera.render import controls, labels
from cartera.render import words as vocabulary
from cartera.sources import mapping_faults, mapping_yaml, reasons
from cartera.warehouse import held_words
from streamlit_app.client import refusals
from streamlit_app.staff.app_pages import notices
from streamlit_app.staff.sections import (
    access_asked,
    held_rows,
    notice_acts,
    notice_detail,
    notice_words,
    online_detail,
    online_words,
    right_words,
    unsent_invoices,
)

ROOT = Path(__file__).parents[1]
CODE = [path for room in ("cartera", "streamlit_app") for path in (ROOT / room).rglob("*.py")]
TEMPLATES = [path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".typ")]
PAGES = [*TEMPLATES, *(ROOT / "streamlit_app").rglob("*.html")]
#: Texts that are chosen from a table first and translated afterwards.
TABLES = (
    vocabulary.TITLES, vocabulary.TYPES, vocabulary.KINDS, vocabulary.STATUSES,
    vocabulary.IN_FAVOUR, vocabulary.BUCKETS, labels.LABELS, controls.STATUS_WORDS,
    notice_terms.WHYS, notice_terms.METHODS, letter_words.NEWS, letter_words.VERDICTS,
    letter_words.VERDICT_SUBJECTS, letter_words.ANSWER_SUBJECTS,
    notice_words.KIND_WORDS, notice_words.STATE_WORDS, notice_acts.HINTS,
    reconciling.WORDS, online_words.STATE_WORDS, online_words.STAND_WORDS, online_words.OWN_WORDS,
    online_detail.EVENT_WORDS, access_asked.STATE_WORDS, notice_detail.STATUS_WORDS, notices.TABS,
    notices.SHOWN, offers.ACTS, held_words.WORDS, held_rows.WHY, held_rows.WHOLE_FILE,
    held_rows.TABLES, held_words.COLUMNS, held_words.VALUES,
    reasons.SENTENCES, mapping_faults.SAID, mapping_yaml.SAID, unsent_invoices.WHY,
)  # fmt: skip


#: Errors that have a sentence with a translation: which of their arguments it is.
SENTENCE_AT = {"Refusal": 0, "Fault": 0, "FileRefused": 1}


def pairs() -> Iterator[tuple[str, str, str]]:
    """File, English and Spanish of every sentence."""
    for path in sorted((LOCALE_DIR / "es").glob("*.po")):
        with path.open("rb") as handle:
            for message in read_po(handle):
                if message.id:
                    yield path.name, str(message.id), str(message.string)


@lru_cache(maxsize=1)
def trees() -> tuple[ast.Module, ...]:
    """The code, read once."""
    return tuple(ast.parse(path.read_text(encoding="utf-8")) for path in CODE)


def literals(tree: ast.AST) -> set[str]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {node.value for node in nodes if isinstance(node.value, str)}


def is_text(node: ast.AST) -> bool:
    """A sentence as it stands, not one that is put together."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def translated() -> set[str]:
    """What code and templates hand to `t` as it stands, and the tables."""
    found = {text for table in TABLES for text in table.values()}
    found |= {*addresses.REASONS, *placeholders.MEANINGS.values()}
    both = (
        refusals.WORDS, notice_acts.BUTTONS, right_words.RIGHT_WORDS, held_rows.CHOICES,
    )  # fmt: skip
    found |= {text for table in both for pair in table.values() for text in pair}
    found |= {letter_words.ANSWERED, letter_words.IN_PART, letter_words.TAKEN_BACK}
    for tree in trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            if getattr(node.func, "attr", "") == "t":
                found |= literals(node.args[0])
            place = SENTENCE_AT.get(getattr(node.func, "id", ""))
            if place is not None and len(node.args) > place:
                found |= literals(node.args[place]) if is_text(node.args[place]) else set()
    for path in PAGES:
        found |= set(re.findall(r'\bt\("([^"]+)"', path.read_text(encoding="utf-8")))
        found |= set(re.findall(r"\bt\('([^']+)'", path.read_text(encoding="utf-8")))
    return found - {""}


def everywhere() -> set[str]:
    """Every literal of the code and every text of the templates."""
    found = set(translated())
    for tree in trees():
        found |= literals(tree)
    return found


def test_every_text_has_its_spanish() -> None:
    spanish = {english for _, english, _ in pairs()}
    assert sorted(translated() - spanish - {"issue_date"}) == []


def test_no_reason_is_put_together_where_no_translation_finds_it() -> None:
    """A file was refused in English wherever the sentence was an f-string."""
    put_together = [
        ast.unparse(node)
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (place := SENTENCE_AT.get(getattr(node.func, "id", ""))) is not None
        and len(node.args) > place
        and isinstance(node.args[place], ast.JoinedStr | ast.BinOp)
    ]
    assert put_together == []


def test_no_spanish_text_is_left_over() -> None:
    used = everywhere()
    assert sorted(f"{file}: {english}" for file, english, _ in pairs() if english not in used) == []


def test_a_text_has_one_spanish() -> None:
    counts = Counter(english for _, english, _ in pairs())
    assert [english for english, count in counts.items() if count > 1] == []


def test_placeholders_are_kept() -> None:
    for file, english, spanish in pairs():
        names = [sorted(set(re.findall(r"{\w+}", text))) for text in (english, spanish)]
        assert names[0] == names[1], (file, english)
        assert spanish.strip(), (file, english)


def test_a_text_without_spanish_is_shown_in_english() -> None:
    assert Translator("es").t("No such text") == "No such text"
