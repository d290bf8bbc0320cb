"""The one look: legible by day and by night, and the same values wherever it is used."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from cartera.config import Company
from cartera.render import look
from cartera.render.color import AA, contrast, palette
from streamlit_app.shared import server

ROOT = Path(__file__).parents[2]
SCHEMES = pytest.mark.parametrize("colours", [look.DAY, look.NIGHT], ids=["day", "night"])


@SCHEMES
def test_every_text_is_legible_where_it_stands(colours: dict[str, str]) -> None:
    for text, ground in itertools.product(("ink", "soft"), ("paper", "panel")):
        assert contrast(colours[text], colours[ground]) >= AA, (text, ground)
    for text in ("late", "credit", "warn"):
        for ground in ("paper", "panel", f"{text}-panel"):
            assert contrast(colours[text], colours[ground]) >= AA, (text, ground)
        assert contrast(colours["soft"], colours[f"{text}-panel"]) >= AA


@SCHEMES
def test_the_edge_of_a_field_can_be_seen(colours: dict[str, str]) -> None:
    assert contrast(colours["field"], colours["paper"]) >= 3  # WCAG 2.2, 1.4.11


def test_day_and_night_name_the_same_things() -> None:
    assert look.DAY.keys() == look.NIGHT.keys()


@pytest.mark.parametrize("color", ["#1f6f6b", "#ffdd00", "#000000", "#ffffff"])
def test_a_companys_colour_reaches_pages_and_streamlit(color: str) -> None:
    parts = palette(color)
    css = look.tokens(parts)
    assert f"--ct-accent: {parts.accent};" in css
    options = server.options(Company(color=color), host="127.0.0.1", port=1)
    assert options["theme.light.primaryColor"] == parts.accent_ink
    assert options["theme.dark.primaryColor"] == parts.accent_night
    assert options["theme.dark.backgroundColor"] == look.NIGHT["paper"]


def test_whatever_css_uses_is_defined() -> None:
    defined = set(re.findall(r"(--ct-[a-z-]+):", look.tokens(palette("#1f6f6b"))))
    sheets = [
        sheet for room in ("templates", "streamlit_app") for sheet in (ROOT / room).rglob("*.css")
    ]
    assert sheets
    for path in sheets:
        text = path.read_text(encoding="utf-8")
        used = set(re.findall(r"var\((--ct-[a-z-]+)", text))
        own = set(re.findall(r"(--ct-[a-z-]+):", text))
        assert used <= defined | own, path
