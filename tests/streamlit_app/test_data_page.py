"""Page "Datos": every oddity that the figures know has its words."""

from __future__ import annotations

import re
from types import SimpleNamespace

from cartera.i18n import Translator
from cartera.warehouse import warning_words
from cartera.warehouse.refresh import PROJECT
from streamlit_app.staff.app_pages import data


def test_every_warning_has_its_words() -> None:
    text = (PROJECT / "models/marts/warnings.sql").read_text("utf-8")
    codes = set(re.findall(r"'(\w+)' as warning", text))
    (start,) = re.findall(r"'(\w+_)' \|\| unnest", text)
    for table in ("documents", "payments"):
        staged = (PROJECT / f"models/staging/stg_{table}.sql").read_text("utf-8")
        (columns,) = re.findall(r"key_changes\(\{(.*)\}\)", staged)
        codes |= {start + word for word in re.findall(r"'(\w+)': ", columns)}
    assert codes == set(warning_words.SENTENCES)


def test_what_only_its_id_tells_apart_is_shown_with_it() -> None:
    spanish = Translator("es")
    here = SimpleNamespace(t=spanish.t, tr=spanish)
    row = {"client_id": "C", "item_kind": "document", "item_id": "1001", "number": "FE-55",
           "amount": None}  # fmt: skip
    twin = data._warning(here, row | {"warning": "same_under_two_keys"})
    assert twin["number"] == "FE-55 (1001)"
    other = data._warning(here, row | {"warning": "due_before_issue"})
    assert other["number"] == "FE-55"
