"""One look for everything that people see: the statement's page and PDF, both apps, the mails.

Colours by day and by night, type and spacing are named once, here; CSS reads them as custom
properties (`--ct-ink`), Streamlit's theme and the PDF's template as values. What a company chooses
is its accent colour and its logo, in `cartera.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping

from cartera.render.color import Palette

#: Contrast of every text on `paper` and on `panel` is at least 4.5 (WCAG AA); a test says so.
DAY: Mapping[str, str] = {
    "paper": "#ffffff",
    "panel": "#f4f6f6",
    "ink": "#1b2023",
    "soft": "#566067",
    "rule": "#d9dfe1",
    "field": "#7d888f",
    "late": "#a61b1b",
    "late-panel": "#fdeeee",
    "credit": "#0f6a3c",
    "credit-panel": "#e9f5ee",
    "warn": "#7a4d00",
    "warn-panel": "#fdf3e0",
}
NIGHT: Mapping[str, str] = {
    "paper": "#14181b",
    "panel": "#1d2327",
    "ink": "#e8ecee",
    "soft": "#a5b0b6",
    "rule": "#343d42",
    "field": "#6f7d85",
    "late": "#ff9c96",
    "late-panel": "#3a1f20",
    "credit": "#7fd6a4",
    "credit-panel": "#16301f",
    "warn": "#f0c36d",
    "warn-panel": "#33290f",
}
#: The reader's own system letter: nothing to load, and figures of equal width in all of them.
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
RADIUS = "0.5rem"


def tokens(palette: Palette, scope: str = ":root") -> str:
    """The custom properties of one company, by day and by night, as CSS for `scope`."""
    fixed = {
        "font": FONT,
        "radius": RADIUS,
        "accent": palette.accent,
        "on-accent": palette.on_accent,
    }
    day = {**fixed, **DAY, "accent-ink": palette.accent_ink}
    night = {**NIGHT, "accent-ink": palette.accent_night}
    return (
        f"{scope} {{ color-scheme: light dark; {_properties(day)} }}\n"
        f"@media (prefers-color-scheme: dark) {{ {scope} {{ {_properties(night)} }} }}\n"
        # Paper is white and ink is dear, whatever the reader's system shows on screen.
        f"@media print {{ {scope} {{ {_properties(day)} }} }}"
    )


def _properties(values: Mapping[str, str]) -> str:
    return " ".join(f"--ct-{name}: {value};" for name, value in values.items())
