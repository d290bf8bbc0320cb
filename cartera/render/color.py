"""The company's colour, made legible: WCAG AA contrast whatever colour a company chose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

DEFAULT = "#1f6f6b"
WHITE, INK, NIGHT = "#ffffff", "#1b2023", "#14181b"
#: WCAG 2.2, 1.4.3: least contrast of text of normal size.
AA = 4.5


@dataclass(frozen=True, slots=True)
class Palette:
    """One colour in its four parts: as given, text on it, and itself as text by day and night."""

    accent: str
    on_accent: str
    accent_ink: str
    accent_night: str


@lru_cache(maxsize=64)
def palette(color: str) -> Palette:
    """The parts of a colour such as `#1f6f6b`; anything else means the default."""
    accent = color.lower() if re.fullmatch(r"#[0-9a-fA-F]{6}", color) else DEFAULT
    return Palette(
        accent=accent,
        on_accent=max((WHITE, INK), key=lambda text: contrast(text, accent)),
        accent_ink=_towards(accent, 0, WHITE),
        accent_night=_towards(accent, 255, NIGHT),
    )


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, from 1 to 21 (WCAG's definition).

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _towards(color: str, end: int, background: str) -> str:
    """The colour moved towards black (0) or white (255) until it can be read."""
    shown = color
    for step in range(1, 21):
        if contrast(shown, background) >= AA:
            break
        mixed = (round(c + (end - c) * step / 20) for c in _channels(color))
        shown = "#" + "".join(f"{c:02x}" for c in mixed)
    return shown


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    red, green, blue = (
        c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4
        for c in _channels(color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
