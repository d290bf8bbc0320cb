"""Text that came from outside, made fit to be shown: no control codes, no tricks, bounded.

Names, numbers and references come from other people's systems. A renderer never shows one
without `clean` or `clip`: an ESC would speak to the terminal, a NUL breaks XML, and a
right-to-left override makes one invoice number read as another.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

#: Longest text shown on a page; an honest name or reference is far shorter.
LONGEST = 200
#: What one Excel cell holds.
LONGEST_CELL = 32_767
#: A word longer than this gets places where a page may break it.
LONGEST_WORD = 24

_SPACES = re.compile(r"[\s\u0085\u2028\u2029]+")
#: U+FFFE and U+FFFF of each plane are no characters, and XML refuses them.
_LAST_OF_PLANES = "".join(
    chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17)
)
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control codes
    "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"  # marks that change the direction of reading
    "\ufeff\ufff9-\ufffb\ufdd0-\ufdef"  # byte order mark, annotations, not characters
    "\ud800-\udfff" + _LAST_OF_PLANES + "]"  # halves of a pair: not encodable
)
_UNSEEN_BUT_LINES = re.compile(rf"(?![\t\n\r]){_UNSEEN.pattern}")
_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
_URL_REFUSED = re.compile(r"[\s\x00-\x20\x7f\"'<>\\^`{|}]")


def clean(text: str | None) -> str:
    """The text on one line, without what a person could not see."""
    if not text or (text.isprintable() and "  " not in text):  # nearly every text there is
        return (text or "").strip()
    return _UNSEEN.sub("", _SPACES.sub(" ", text)).strip()


def visible(text: str) -> str:
    """The text without what a person could not see; its lines and tabs stay."""
    return text if text.isprintable() else _UNSEEN_BUT_LINES.sub("", text)


def clip(text: str | None, longest: int = LONGEST) -> str:
    """The cleaned text, cut with an ellipsis where it is longer than any real one.

    >>> clip("Ferreter\\u00eda", 6)
    'Ferre\\u2026'
    """
    shown = clean(text)
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip() + "…"


def breakable(text: str) -> str:
    """The text with zero-width spaces in words too long for a column of a printed table."""
    return _LONG_WORD.sub(lambda word: "\u200b".join(word[0]), text)


def safe_url(url: str | None, *, relative: bool = False) -> str:
    """The address if it may be a link: http or https with a host; otherwise empty.

    `relative` also takes a path of our own site (`/pdf`), never `//host`.
    """
    if not url or len(url) > 2000 or _URL_REFUSED.search(url) or _UNSEEN.search(url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme in ("http", "https") and parts.hostname:
        return url
    own_path = relative and url.startswith("/") and not url.startswith("//")
    return url if own_path else ""
