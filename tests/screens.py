"""Sizes of screen that pages are looked at on, in CSS pixels."""

from __future__ import annotations

from playwright.sync_api import ViewportSize

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
#: Colours do not depend on the size, nor what fits on the colours: these show all of both.
LOOKS = ((PHONE, "dark"), (DESKTOP, "light"))
#: ... and each in the other's colours, too (`make prove`, every-page).
EVERY_LOOK = (*LOOKS, (PHONE, "light"), (DESKTOP, "dark"))
