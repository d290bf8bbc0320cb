"""Keys as people see them: what looks the same is the same.

`FE‑001` with a hyphen that does not break, `Peña` in two pieces, a code with an invisible mark that
was copied along: each was a client or a document of its own, with debts of its own. One
definition, for whatever file, form or command a key comes from; capitals count.
"""

from __future__ import annotations

import re
import unicodedata

#: Characters without a shape: marks of direction and width, byte-order marks, soft hyphens,
#: variation selectors, fillers, and what is left of another encoding's controls.
INVISIBLE = (
    "\u0080-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
SPACES = "\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
HYPHENS = "\u02d7\u058a\u05be\u1806\u2010-\u2015\u2043\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d"
#: One pattern and its replacement after the other, then composed (NFC), then trimmed.
STEPS = ((f"[{INVISIBLE}]", ""), (f"[{SPACES}]", " "), (f"[{HYPHENS}]", "-"))
#: Only a key with such a character can change, or one with spaces around it.
UNUSUAL = "[^ -~]"

_STEPS = tuple((re.compile(pattern), instead) for pattern, instead in STEPS)


def normal(key: str) -> str:
    """The key as it is stored and compared.

    >>> normal("\u00a0FE\u2011001\u200b ")
    'FE-001'
    """
    if key.isascii():
        return key.strip()
    for pattern, instead in _STEPS:
        key = pattern.sub(instead, key)
    return unicodedata.normalize("NFC", key).strip()
