"""Sizes of screen that pages are looked at on, in CSS pixels."""

from __future__ import annotations

from playwright.sync_api import ViewportSize

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
