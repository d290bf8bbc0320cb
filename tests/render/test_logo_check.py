"""What may be a logo: whole images, and drawings in which nothing is active."""

from __future__ import annotations

import struct

import pytest

from cartera.errors import UsageError
from cartera.render.logo_check import checked
from tests.images import png, svg

JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x0b\x08\x00\x02\x00\x03\x01\x01\x11\x00" + b"\xff\xd9"
)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (png(), "image/png"),
        (JPEG, "image/jpeg"),
        (svg(), "image/svg+xml"),
        (svg(start='<?xml version="1.0" encoding="utf-8"?>\n<!-- made here -->'), "image/svg+xml"),
        (svg('<defs><linearGradient id="a"/></defs><rect fill="url(#a)"/>'), "image/svg+xml"),
        (svg('<use xlink:href="#a"/><style>.a{fill:red}</style>'), "image/svg+xml"),
        (svg('<image href="data:image/png;base64,iVBORw0KGgo="/>'), "image/svg+xml"),
        (
            svg('<g xmlns:i="urn:inkscape" i:export="C:\\logo.png"><i:grid/></g>'),
            "image/svg+xml",
        ),
    ],
)
def test_images_are_known_by_what_is_in_them(content, media_type):
    assert checked(content).media_type == media_type


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<rect onload="alert(1)"/>',
        '<rect ONCLICK="alert(1)"/>',
        '<a href="https://evil.example"><rect/></a>',
        '<use href="https://evil.example/x.svg#a"/>',
        '<use xlink:href="//evil.example/x.svg#a"/>',
        '<image href="http://evil.example/track.png"/>',
        '<image href="data:image/svg+xml;base64,AAAA"/>',
        '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
        '<g><iframe xmlns="http://www.w3.org/1999/xhtml" src="x"/></g>',
        '<set attributeName="href" to="javascript:alert(1)"/>',
        '<animate attributeName="href" values="javascript:alert(1)"/>',
        "<style>@import url(https://evil.example/x.css);</style>",
        '<style>rect{fill:url("https://evil.example/x")}</style>',
        "<style>@\\69mport 'x'</style>",
        '<rect style="fill:url(https://evil.example/x)"/>',
        '<rect fill="url(https://evil.example/x)"/>',
        '<rect xml:base="https://evil.example/"/>',
    ],
)
def test_an_active_drawing_is_refused(inside):
    with pytest.raises(UsageError, match="something active or from elsewhere"):
        checked(svg(inside))


@pytest.mark.parametrize(
    "start",
    [
        '<!DOCTYPE svg [<!ENTITY a "aaaa">]>',
        '<?xml version="1.0"?><?xml-stylesheet href="https://evil.example/x.css"?>',
        '<?php echo "x" ?>',
    ],
)
def test_what_stands_before_a_drawing_is_looked_at_too(start):
    with pytest.raises(UsageError, match="something active or from elsewhere"):
        checked(svg(start=start))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "must be a PNG, JPEG or SVG"),
        (b"GIF89a", "must be a PNG, JPEG or SVG"),
        (b"<html>", "must be a PNG, JPEG or SVG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(600 * 1024), "at most 512 KB"),
        (png()[:-3], "damaged"),
        (png().replace(b"IDAT", b"IDAX"), "damaged"),
        (png(width=50_000, height=50_000), "too many pixels"),
        (png(width=0), "too many pixels"),
        (JPEG[:-2], "damaged"),
        (b"\xff\xd8\xff\xd9", "damaged"),
        (JPEG.replace(b"\x00\x02\x00\x03", struct.pack(">HH", 65535, 65535)), "too many pixels"),
        (svg()[:-3], "damaged"),
        (svg().decode().encode("utf-16"), "must be a PNG"),
        (b"<svg>\xff</svg>", "damaged"),
    ],
)
def test_what_is_no_whole_image_is_refused(content, said):
    with pytest.raises(UsageError, match=said):
        checked(content)


def test_a_drawing_without_a_namespace_is_none():
    with pytest.raises(UsageError):
        checked(b"<svg><rect/></svg>")
