"""A message's HTML as plain text that reads well by itself."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inscriptis.model.config import ParserConfig

_LINK = re.compile(r'<a\b(?:[^>]*?\shref="([^"]*)")?[^>]*>(.*?)</a>', re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_EMPTY_LINES = re.compile(r"\n{3,}")


@lru_cache(maxsize=128)
def text_of(html: str) -> str:
    """The text of a clean body; a link is its words with its address behind them.

    Placeholders stay as they are, so a body is turned once and filled for every message.
    """
    from inscriptis import get_text

    # It resolves entities once more than the parser: `&amp;notice` in an address became `¬ice`.
    written = _LINK.sub(_link, html).replace("&amp;", "&amp;amp;")
    lines = get_text(f"<html><body>{written}</body></html>", _config()).splitlines()
    return _EMPTY_LINES.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")


def _link(found: re.Match[str]) -> str:
    address, words = found[1] or "", found[2]
    said = unescape(_TAG.sub("", words)).strip()
    goes_to = unescape(address).removeprefix("mailto:")
    if not address or said in (goes_to, unescape(address)):
        return words
    return f"{words} ({address})" if said else address


@lru_cache(maxsize=1)
def _config() -> ParserConfig:
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.model.config import ParserConfig

    # No tables in a body, and no pictures: words, paragraphs, lists.
    return ParserConfig(css=CSS_PROFILES["strict"], display_images=False, display_links=False)
