"""Names that come from outside, as one part of a path."""

from __future__ import annotations

from urllib.parse import quote


def part(text: str) -> str:
    """A name that is one part of a path, whatever is in it; different texts never meet in one.

    >>> part("FV/1"), part("..")
    ('FV%2F1', '%2E%2E')
    """
    plain = quote(text, safe=" ()+,=@")
    # `quote` leaves the dot alone: "." and ".." must not mean a folder.
    return plain.replace(".", "%2E") if plain.startswith(".") else plain
