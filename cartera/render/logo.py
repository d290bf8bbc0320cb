"""The company's logo as bytes: read once, recognised by content, never a reason to fail."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

#: A logo is drawn into every document, so a photo straight from a camera is left out.
LARGEST = 512 * 1024


@dataclass(frozen=True, slots=True)
class Logo:
    """An image and its media type."""

    data: bytes
    media_type: str

    @property
    def data_uri(self) -> str:
        """The image inside an address, so that a page needs no second file."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode('ascii')}"


def read_logo(path: str) -> Logo | None:
    """The logo at that path; None where there is none, it is too large, or it is no image."""
    if not path:
        return None
    try:
        with Path(path).open("rb") as handle:
            data = handle.read(LARGEST + 1)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None
    media_type = media_type_of(data)
    return Logo(data, media_type) if media_type and len(data) <= LARGEST else None


def media_type_of(data: bytes) -> str | None:
    """Media type by what is in it, never by a name; None for what is no image of ours."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if b"<svg" in data[:1024].lower():
        return "image/svg+xml"
    return None
