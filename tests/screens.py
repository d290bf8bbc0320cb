"""Sizes of screen that pages are looked at on, in CSS pixels."""

from __future__ import annotations

from playwright.sync_api import Page, ViewportSize

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
#: Colours do not depend on the size, nor what fits on the colours: these show all of both.
LOOKS = ((PHONE, "dark"), (DESKTOP, "light"))
#: ... and each in the other's colours, too (`make prove`, every-page).
EVERY_LOOK = (*LOOKS, (PHONE, "light"), (DESKTOP, "dark"))

#: Words that stand on two lines: letters, or figures with their marks (a day, an amount). What is
#: long and has no spaces, such as a mail address, may break where it must, but into few lines.
#: What only a screen reader gets has no width.
_BROKEN = r"""(root) => {
  const found = [];
  const range = document.createRange();
  const lines = (node, start, length) => {
    range.setStart(node, start);
    range.setEnd(node, start + length);
    return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
  };
  const isDrawn = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    for (let up = element; up; up = up.parentElement) {
      if (up.offsetWidth !== undefined && up.offsetWidth <= 1) return false;
    }
    return true;
  };
  const walker = document.createTreeWalker(document.querySelector(root), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest("style, script") || !isDrawn(node.parentElement)) continue;
    for (const piece of node.data.matchAll(/\S+/gu)) {
      const length = piece[0].length;
      if (length > 22 || piece[0].includes("_")) {
        if (lines(node, piece.index, length) > 1 + length / 8) found.push(piece[0]);
        continue;
      }
      for (const word of piece[0].matchAll(/\p{L}{2,}|\d[\d.,\/:]*\d/gu)) {
        const start = piece.index + word.index;
        if (lines(node, start, word[0].length) > 1) found.push(word[0]);
      }
    }
  }
  return found;
}"""


def broken_words(page: Page, root: str = "body") -> list[str]:
    """Words inside `root` that are broken over two lines, as they are drawn now."""
    found: list[str] = page.evaluate(_BROKEN, root)
    return found
