"""What staff write, made harmless: bodies (HTML), subjects and names.

Whatever is active, hidden or from elsewhere goes; what the editor makes (fonts, sizes, colours,
alignment, lists, links) stays. What cannot be made good is refused with a `Refusal`. Placeholders
survive where they are text, and where one is the whole address of a link; nowhere else.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from cartera.mail.refusal import Refusal
from cartera.render.text import clean, safe_url, visible

if TYPE_CHECKING:
    from nh3 import Cleaner

#: Characters of HTML; a long letter with a font on every word is 20,000.
LONGEST_BODY = 100_000
LONGEST_SUBJECT = 200
LONGEST_NAME = 100
#: Elements inside one another: more is no letter, and slows every reader of HTML down. Ends that
#: HTML lets one leave out are not seen, so an honest letter may seem deep.
DEEPEST = 600
TAGS = {
    "a", "b", "blockquote", "br", "div", "em", "h1", "h2", "h3", "hr", "i", "li", "ol", "p", "s",
    "span", "strong", "u", "ul",
}  # fmt: skip
#: Gone with all they contain; of other unknown elements the text stays.
_WITH_CONTENT = {
    "script", "style", "title", "template", "textarea", "iframe", "object", "embed", "noscript",
    "svg", "math", "head", "select", "xmp",
}  # fmt: skip
_COLOUR = r"#[0-9a-f]{3,8}|rgba?\(\s*[\d.,\s%/]{5,40}\)|[a-z]{3,20}"
_FONT = r"(?:[\w -]{1,60}|'[\w -]{1,60}'|\"[\w -]{1,60}\")"
#: Declarations that may stand in `style`, and which values they take.
_STYLES = {
    "color": _COLOUR,
    "background-color": _COLOUR,
    "font-family": rf"{_FONT}(?:\s*,\s*{_FONT}){{0,9}}",
    "font-size": r"(?:[89]|[1-4]\d)(?:\.\d{1,2})?px|(?:[6-9]|[12]\d|3[0-6])(?:\.\d{1,2})?pt"
    r"|(?:0\.[6-9]\d{0,3}|[12](?:\.\d{1,4})?|3)r?em",
    "font-style": "normal|italic|oblique",
    "font-weight": "normal|bold|bolder|lighter|[1-9]00",
    "line-height": r"[12](?:\.\d{1,2})?",
    "text-align": "left|right|center|justify|start|end",
    "text-decoration": r"(?:underline|line-through|none)(?:\s+(?:underline|line-through))?",
    "text-decoration-line": r"(?:underline|line-through|none)(?:\s+(?:underline|line-through))?",
}
_STYLED = {"a", "b", "blockquote", "div", "em", "h1", "h2", "h3", "i", "li", "ol", "p", "s"}
_STYLED |= {"span", "strong", "u", "ul"}
#: The placeholders that may be the whole address of a link.
LINK_PLACEHOLDERS = ("{enlace}", "{link}")
_VOID = {"br", "hr"}
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^>]*>", re.IGNORECASE)


@lru_cache(maxsize=64)
def body(html: str) -> str:
    """The HTML of a message's body with only what it may contain. Raises `Refusal`."""
    if len(html) > LONGEST_BODY:
        raise Refusal(
            "the text is too long: {length} characters, and at most {most} can be sent",
            length=len(html),
            most=LONGEST_BODY,
        )
    _check_depth(html)
    # Twice: what is not seen may stand there as it is, or as an entity.
    cleaned: str = visible(_cleaner().clean(visible(html)))
    return cleaned.strip()


def subject(text: str) -> str:
    """A subject on one line. Raises `Refusal` where it is empty or too long."""
    if len(text) > LONGEST_SUBJECT * 4 or len(shown := clean(text)) > LONGEST_SUBJECT:
        raise Refusal(
            "the subject is too long: {length} characters, and at most {most} fit",
            length=len(text),
            most=LONGEST_SUBJECT,
        )
    if not shown:
        raise Refusal("the subject is empty")
    return shown


def name(text: str) -> str:
    """A person's or company's name on one line; may be empty. Raises `Refusal` if too long."""
    if len(text) > LONGEST_NAME * 4 or len(shown := clean(text)) > LONGEST_NAME:
        raise Refusal(
            "the name is too long: {length} characters, and at most {most} fit",
            length=len(text),
            most=LONGEST_NAME,
        )
    return shown


def is_empty(html: str) -> bool:
    """Whether a clean body says nothing."""
    return not _TAG.sub("", html).replace("&nbsp;", " ").strip()


def _check_depth(html: str) -> None:
    """Raise `Refusal` for elements nested so deep that a parser would spend seconds on them."""
    depth = 0
    for closing, tag in _TAG.findall(html):
        if tag.lower() not in _VOID:
            depth += -1 if closing else 1
        if depth > DEEPEST:
            raise Refusal("the text has too many parts inside one another")


@lru_cache(maxsize=1)
def _cleaner() -> Cleaner:
    from nh3 import Cleaner

    return Cleaner(
        tags=TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes={"a": {"href", "style"}, **{tag: {"style"} for tag in _STYLED - {"a"}}},
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def _attribute(_tag: str, attribute: str, value: str) -> str | None:
    if attribute == "style":
        return _style(value) or None
    if attribute == "href":
        return _address(value) or None
    return value if attribute == "rel" else None


def _style(value: str) -> str:
    kept = []
    for declaration in value[:2000].split(";"):
        name, _, given = declaration.partition(":")
        name, given = name.strip().lower(), given.strip()
        allowed = _STYLES.get(name)
        if allowed and re.fullmatch(allowed, given, re.IGNORECASE):
            kept.append(f"{name}: {given}")
    return "; ".join(kept)


def _address(value: str) -> str:
    address = value.strip()
    if address in LINK_PLACEHOLDERS:
        return address
    # A placeholder inside an address would carry a client's data to wherever it points.
    address = address.replace("{", "%7B").replace("}", "%7D")
    if re.fullmatch(r"mailto:[^\s<>\"'?&]{3,254}", address, re.IGNORECASE):
        return address
    return safe_url(address)
