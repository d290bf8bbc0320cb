"""Placeholders: the client's name, balance, day and link inside what staff write.

`{cliente}` and `{client}` are the same thing, in every language. A text is split once into words
and places, and values are put between them: nothing is evaluated, a value that looks like a
placeholder stays what it is, and a name that is none of ours stays as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Literal, get_args

Name = Literal["client", "company", "amount", "balance", "overdue", "date", "link", "invoice"]
NAMES: tuple[Name, ...] = get_args(Name)
SPANISH: dict[Name, str] = {
    "client": "cliente",
    "company": "empresa",
    "amount": "valor",
    "balance": "saldo",
    "overdue": "vencido",
    "date": "fecha",
    "link": "enlace",
    "invoice": "factura",
}
#: What each stands for, for the editor's menu; English texts of `cartera/locale/*/mail.po`.
MEANINGS: dict[Name, str] = {
    "client": "Name of the client",
    "company": "Name of your company",
    "amount": "Amount that the message is about",
    "balance": "Balance",
    "overdue": "Overdue balance",
    "date": "Day of the figures",
    "link": "Link to the client's page",
    "invoice": "Number of the invoice",
}
_BY_WORD: dict[str, Name] = {name: name for name in NAMES} | {
    word: name for name, word in SPANISH.items()
}
_PLACE = re.compile(r"\{(\w{3,12})\}")
_TAG_OR_PLACE = re.compile(r"<[^>]*>|\{\w{3,12}\}")
_HREF = re.compile(r'(href=")\{(?:enlace|link)\}(")')


@dataclass(frozen=True, slots=True)
class Values:
    """What the placeholders of one message become: plain texts, and the link's words in HTML."""

    texts: Mapping[Name, str]
    link_words: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """A place to fill. `address`: inside `href`; `anchor`: the link is one of its own there."""

    name: Name
    kind: Literal["text", "address", "anchor"]


def written(name: Name, language: str) -> str:
    """A placeholder as people of that language write it: `{saldo}`."""
    return "{" + (SPANISH[name] if language == "es" else name) + "}"


def used(text: str) -> set[Name]:
    """The placeholders that stand in a subject or body."""
    return {_BY_WORD[word] for word in _words(text) if word in _BY_WORD}


def unknown(text: str) -> list[str]:
    """What looks like a placeholder and is none, as it was written, each once."""
    found = (place for place in _PLACE.finditer(text) if place[1].lower() not in _BY_WORD)
    return list(dict.fromkeys(place[0] for place in found))


def fill_text(template: str, values: Values) -> str:
    """The plain text with its values."""
    return "".join(
        part if isinstance(part, str) else values.texts.get(part.name, "")
        for part in _text_parts(template)
    )


def fill_html(template: str, values: Values) -> str:
    """The clean HTML with its values, escaped; the link alone in a text becomes a link."""
    return "".join(
        part if isinstance(part, str) else _in_html(part, values) for part in _html_parts(template)
    )


def _words(text: str) -> list[str]:
    return [word.lower() for word in _PLACE.findall(text)]


def _in_html(place: _Place, values: Values) -> str:
    value = escape(values.texts.get(place.name, ""))
    if place.kind != "anchor" or not value:
        return value
    return f'<a href="{value}">{escape(values.link_words) or value}</a>'


@lru_cache(maxsize=128)
def _text_parts(template: str) -> tuple[str | _Place, ...]:
    parts: list[str | _Place] = []
    end = 0
    for place in _PLACE.finditer(template):
        name = _BY_WORD.get(place[1].lower())
        parts.append(template[end : place.start()])
        parts.append(_Place(name, "text") if name else place[0])
        end = place.end()
    parts.append(template[end:])
    return tuple(parts)


@lru_cache(maxsize=128)
def _html_parts(template: str) -> tuple[str | _Place, ...]:
    parts: list[str | _Place] = []
    end, anchors = 0, 0
    for found in _TAG_OR_PLACE.finditer(template):
        piece = found[0]
        parts.append(template[end : found.start()])
        end = found.end()
        name = _BY_WORD.get(piece[1:-1].lower())
        if piece.startswith("{") and name:
            is_alone = name == "link" and not anchors
            parts.append(_Place(name, "anchor" if is_alone else "text"))
            continue
        if piece.startswith("<a ") or piece == "<a>":
            anchors += 1
        elif piece == "</a>":
            anchors = max(0, anchors - 1)
        before, *rest = _HREF.split(piece)
        parts.append(before)
        if rest:
            parts += [rest[0], _Place("link", "address"), rest[1], rest[2]]
    parts.append(template[end:])
    return tuple(parts)
