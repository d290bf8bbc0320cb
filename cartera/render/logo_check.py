"""What may be a company's logo: a whole PNG or JPEG, or an SVG in which nothing is active.

A logo is drawn into pages, mails and PDFs of people who never chose it.
"""

from __future__ import annotations

import re
import struct
import zlib
from xml.etree import ElementTree as ET

from cartera.mail.refusal import Refusal
from cartera.render.logo import LARGEST, Logo, media_type_of

#: Beyond this a small file unpacks into hundreds of megabytes.
MOST_PIXELS = 16_000_000
_SVG = "{http://www.w3.org/2000/svg}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
#: Shapes, colours and text. Not: scripts, pages inside, links, animations (they change addresses).
_ELEMENTS = {
    "svg", "g", "defs", "symbol", "use", "title", "desc", "metadata", "style", "path", "rect",
    "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath", "image",
    "linearGradient", "radialGradient", "stop", "pattern", "clipPath", "mask", "marker", "filter",
    "feBlend", "feColorMatrix", "feComponentTransfer", "feComposite", "feDropShadow", "feFlood",
    "feFuncA", "feFuncB", "feFuncG", "feFuncR", "feGaussianBlur", "feMerge", "feMergeNode",
    "feMorphology", "feOffset", "feTile", "feTurbulence", "switch",
}  # fmt: skip
_INSIDE = re.compile(r"#[\w.:-]+|data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=\s]+")
_CSS_ADDRESS = re.compile(r"url\(\s*(?![\"']?\s*#)", re.IGNORECASE)
_CSS_ACTIVE = re.compile(r"@import|expression\s*\(|javascript:|-moz-binding|\\", re.IGNORECASE)
#: Start-of-frame markers of JPEG: where its size stands.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def checked(content: bytes) -> Logo:
    """The image, recognised by what is in it. Raises `Refusal`."""
    if len(content) > LARGEST:
        raise Refusal("the logo is too large: at most {most} KB", most=LARGEST // 1024)
    media_type = media_type_of(content)
    if media_type == "image/png":
        _require_size(_png_size(content))
    elif media_type == "image/jpeg":
        _require_size(_jpeg_size(content))
    elif media_type == "image/svg+xml":
        _require_still(content)
    else:
        raise Refusal("the logo must be a PNG, JPEG or SVG image")
    return Logo(content, media_type)


def _require_size(size: tuple[int, int] | None) -> None:
    if size is None:
        raise Refusal("the logo is damaged: it could not be read to its end")
    if not 0 < size[0] * size[1] <= MOST_PIXELS:
        raise Refusal("the logo has too many pixels; a width of 1,000 is plenty")


def _png_size(data: bytes) -> tuple[int, int] | None:
    """Width and height; None unless every part is whole and the last one is there."""
    size, position = None, 8
    while position + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        if end + 4 > len(data):
            return None
        if zlib.crc32(data[position + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            return None
        if kind == b"IHDR" and length >= 8:  # two numbers of four bytes
            size = struct.unpack_from(">II", data, position + 8)
        if kind == b"IEND":
            return size
        position = end + 4
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height; None unless there is a frame, and an end."""
    if not data.rstrip(b"\0").endswith(b"\xff\xd9"):
        return None
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:  # a marker
        marker = data[position + 1]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return width, height
        length: int = struct.unpack_from(">H", data, position + 2)[0]
        position += 2 + length
    return None


def _require_still(data: bytes) -> None:
    """Raise unless the SVG is nothing but a drawing that needs nothing from elsewhere."""
    still = Refusal("the SVG logo has something active or from elsewhere in it: export it plain")
    try:
        text = data.decode("utf-8-sig")
        # Before parsing: entities can grow without end, and style sheets be named here.
        if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper() or text.count("<?") > 1:
            raise still
        if "<?" in text and not text.lstrip().startswith("<?xml "):
            raise still
        root = ET.fromstring(text)  # noqa: S314  # no entities are left to expand
    except (UnicodeDecodeError, ET.ParseError) as error:
        raise Refusal("the logo is damaged: it could not be read to its end") from error
    if root.tag != f"{_SVG}svg" or any(map(_is_active, root.iter())):
        raise still


def _is_active(element: ET.Element) -> bool:
    tag = element.tag
    if tag.startswith(_XHTML) or (tag.startswith(_SVG) and tag[len(_SVG) :] not in _ELEMENTS):
        return True
    if not tag.startswith("{"):
        return True
    if tag == f"{_SVG}style" and _has_active_css("".join(element.itertext())):
        return True
    return any(map(_is_active_attribute, element.keys(), element.attrib.values()))


def _is_active_attribute(name: str, value: str) -> bool:
    local = name.rpartition("}")[2].lower()
    if local.startswith("on") or local in {"base", "attributename"}:
        return True
    if local in {"href", "src"}:
        return not _INSIDE.fullmatch(value.strip())
    # What drawing programs note for themselves (`{inkscape}export-filename`) draws nothing.
    return not name.startswith("{") and _has_active_css(value)


def _has_active_css(text: str) -> bool:
    return bool(_CSS_ADDRESS.search(text) or _CSS_ACTIVE.search(text))
