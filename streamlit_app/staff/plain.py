"""Words of other people where Streamlit reads Markdown: labels, captions, messages."""

from __future__ import annotations


def plain(text: str) -> str:
    """The text with every sign taken as a sign.

    >>> plain("Ana [x](https://x)")
    'Ana \\\\[x\\\\]\\\\(https\\\\:\\\\/\\\\/x\\\\)'
    """
    return "".join(f"\\{c}" if not (c.isalnum() or c.isspace()) else c for c in text)
