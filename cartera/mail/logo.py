"""The company's logo as mail programs can show it: a PNG of a known size, inside the message.

Few of them draw SVG, Outlook takes no size from style sheets, and pictures from elsewhere are
blocked until somebody agrees; so every logo is drawn once, at twice the size it is shown.
"""

from __future__ import annotations

import hashlib
import logging
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cartera.mail.outgoing import Attachment
from cartera.render.logo import Logo, read_logo

#: Points; a point is shown as a pixel.
HEIGHT, WIDEST = 44, 220
_SHARPNESS = 144
_PAGE = """
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#let picture = read("logo.{ending}", encoding: none)
#context {{
  let natural = measure(image(picture, height: {height}pt))
  if natural.width > {widest}pt {{ image(picture, width: {widest}pt) }}
  else {{ image(picture, height: {height}pt) }}
}}
"""
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MailLogo:
    """The picture, and how large it is shown."""

    attachment: Attachment
    width: int
    height: int

    @property
    def source(self) -> str:
        """What an `img` refers to."""
        return f"cid:{self.attachment.content_id}"


def mail_logo(path: str) -> MailLogo | None:
    """The logo of that file; None where there is none that can be drawn."""
    try:
        changed = Path(path).stat().st_mtime_ns if path else 0
    except (OSError, ValueError):
        return None
    return _drawn(path, changed) if path else None


@lru_cache(maxsize=32)
def _drawn(path: str, _changed: int) -> MailLogo | None:
    logo = read_logo(path)
    if logo is None:
        return None
    try:
        png = _png(logo)
    except Exception as error:  # noqa: BLE001  # whatever is wrong with it, the account goes out
        _log.warning("the logo %s cannot be drawn: %s", path, error)
        return None
    width, height = struct.unpack(">II", png[16:24])
    name = hashlib.sha256(png).hexdigest()[:16]
    attachment = Attachment("logo.png", "image/png", png, f"{name}@logo.cartera")
    return MailLogo(attachment, max(1, round(width / 2)), max(1, round(height / 2)))


def _png(logo: Logo) -> bytes:
    """The picture drawn by typst, which may read nothing but it."""
    import tempfile

    from typst import Compiler, Fonts

    ending = _ENDINGS[logo.media_type]
    with tempfile.TemporaryDirectory(prefix="cartera-logo-") as folder:
        (Path(folder) / f"logo.{ending}").write_bytes(logo.data)
        page = Path(folder) / "page.typ"
        text = _PAGE.format(ending=ending, height=HEIGHT, widest=WIDEST)
        page.write_text(text, encoding="utf-8")
        compiler = Compiler(page, root=folder, font_paths=Fonts(include_system_fonts=False))
        drawn = compiler.compile(format="png", ppi=_SHARPNESS)
    if not isinstance(drawn, bytes):
        raise TypeError(f"typst returned {type(drawn).__name__}")
    return drawn
