"""Words of other people where Streamlit reads Markdown: labels, captions, messages."""

from __future__ import annotations

import re

#: Only what Markdown would read, so that a label's spoken name stays what is written.
_SIGNS = re.compile(r"[\\`*\[\]<>~$:#|{}!]|(?<![^\W_])_|_(?![^\W_])|^[-+]")
_NUMBERED = re.compile(r"^(\d+)([.)])")


def plain(text: str) -> str:
    """The text on one line, with every sign taken as a sign.

    >>> plain("Ana_B [x](https://x)")
    'Ana_B \\\\[x\\\\](https\\\\://x)'
    """
    line = " ".join(text.split())
    return _NUMBERED.sub(r"\1\\\2", _SIGNS.sub(lambda found: f"\\{found[0]}", line))
