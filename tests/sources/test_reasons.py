"""Every rule has its sentence, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cartera.sources
from cartera.contract import Reason
from cartera.i18n import Translator
from cartera.sources.reasons import SENTENCES, sentence

SOURCES = Path(cartera.sources.__file__).parent


def test_sentences():
    reason = Reason("not_a_date", "due_date", "2024-13-01")
    assert sentence(reason, "en").startswith("due_date: “2024-13-01” is not a date")
    assert sentence(reason, "es").startswith("due_date: «2024-13-01» no es una fecha")


def test_braces_in_a_value_are_only_braces():
    assert "{x}" in sentence(Reason("not_an_amount", "total", "{x}"), "es")


def test_unknown_code_is_shown_as_it_is():
    assert sentence(Reason("new_rule", "total", "5"), "es") == "total: new_rule: 5"


@pytest.mark.parametrize("code", SENTENCES)
def test_every_sentence_is_translated(code):
    english = SENTENCES[code]
    spanish = Translator("es").t(english)
    assert spanish != english
    assert set(re.findall(r"{\w+}", spanish)) == set(re.findall(r"{\w+}", english))


def test_every_code_in_the_sources_has_a_sentence():
    text = "".join(path.read_text("utf-8") for path in SOURCES.glob("*.py"))
    used = set(re.findall(r'(?:Rule|Reason|_NotARow)\(\s*"(\w+)"', text))
    assert used
    assert used | {"too_many_fields", "too_few_fields"} == set(SENTENCES)
