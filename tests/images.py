"""Small images, made here."""

from __future__ import annotations

import struct
import zlib


def png(colour: bytes = b"\x1f\x6f\x6b", width: int = 2, height: int = 2) -> bytes:
    """A PNG of one colour."""
    rows = (b"\0" + colour * min(width, 64)) * min(height, 64)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def svg(inside: str = '<rect width="2" height="2" fill="#1f6f6b"/>', start: str = "") -> bytes:
    """An SVG with something in it; `start` comes before the root."""
    root = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"'
    return f'{start}{root} xmlns:xlink="http://www.w3.org/1999/xlink">{inside}</svg>'.encode()
