"""A letter put into its HTML and its plain text, from `templates/mail`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from cartera.mail.letter import Letter
from cartera.render.color import Palette
from cartera.render.look import DAY, FONT, NIGHT
from cartera.render.templates import html_environment, text_environment

if TYPE_CHECKING:
    from css_inline import CSSInliner
    from jinja2 import Template

_EMPTY_LINES = re.compile(r"\n{3,}")
_LINE_END = re.compile(r"\s*\n\s*")


def html(letter: Letter) -> str:
    """The HTML, its style sheet written into the elements: some programs drop `<style>`."""
    page = _html_template().render(
        mail=letter,
        labels=letter.labels,
        sheet=_sheet(letter.palette),
        night=_night(letter.palette),
    )
    return _inliner().inline(page)


def text(letter: Letter) -> str:
    """The plain text."""
    page = _text_template().render(mail=letter, labels=letter.labels)
    return _EMPTY_LINES.sub("\n\n", page).strip("\n") + "\n"


@lru_cache(maxsize=1)
def _html_template() -> Template:
    return html_environment().get_template("mail/layout.html")


@lru_cache(maxsize=1)
def _text_template() -> Template:
    return text_environment().get_template("mail/layout.txt")


@lru_cache(maxsize=64)
def _sheet(palette: Palette) -> str:
    template = text_environment().get_template("mail/mail.css")
    # A style attribute is in double quotes, and many a program takes none inside it.
    return template.render(palette=palette, day=DAY, font=FONT.replace('"', "'"))


@lru_cache(maxsize=64)
def _night(palette: Palette) -> str:
    template = text_environment().get_template("mail/night.css")
    return _LINE_END.sub(" ", template.render(palette=palette, day=DAY, night=NIGHT))


@lru_cache(maxsize=1)
def _inliner() -> CSSInliner:
    from css_inline import CSSInliner

    # Nothing is fetched: what a message needs is in it.
    return CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
