"""The editor on a page: registered with Streamlit, drawn, and its text area where it is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape, unescape
from typing import Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from cartera import __version__
from streamlit_app.shared.gate import COMPONENTS
from streamlit_app.staff.editor.build import BUILT, HERE, bundle
from streamlit_app.staff.here import Here

NAME = "cartera.editor"
#: Where Streamlit serves the bundle, from which folder; and the same for the gate.
ADDRESS, FOLDER = f"{COMPONENTS}{NAME}/", BUILT.resolve()
PATHS = (f"{ADDRESS}*",)
#: A placeholder, and what it stands for (English; translated when it is drawn).
Field = tuple[str, str]

#: What the buttons are called.
WORDS = {
    "toolbar": "Formatting",
    "font": "Font",
    "size": "Size",
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underlined",
    "bullets": "List with bullets",
    "numbers": "Numbered list",
    "colour": "Colour",
    "automatic": "Automatic colour",
    "left": "Align left",
    "center": "Centre",
    "right": "Align right",
    "link": "Link",
    "address": "Address of the link",
    "apply": "Apply",
    "remove": "Remove",
    "clear": "Remove formatting",
    "undo": "Undo",
    "redo": "Redo",
    "insert": "Insert a field",
}


def editor(
    here: Here,
    *,
    key: str,
    value: str,
    label: str,
    fields: Sequence[Field] = (),
    known: Sequence[str] = (),
    height: int = 180,
) -> str:
    """Draw the editor; the HTML as it stands now, "" where nothing is written.

    `value` is what it starts with; another text needs another `key`. `fields` are offered in its
    menu; `known` are shown as one piece too (by default only those that are offered). `height` is
    in pixels.
    """
    made = _component()
    if made is None:
        return _plain(here, key=key, value=value, label=label, fields=fields, height=height)
    kept = st.session_state.get(key) or {}
    current = kept.get("html", value)
    data = {
        "value": current,
        "label": label,
        "height": height,
        "words": {name: here.t(word) for name, word in WORDS.items()},
        "fields": [{"name": name, "meaning": here.t(meaning)} for name, meaning in fields],
        "known": list(dict.fromkeys((*known, *(name for name, _ in fields)))),
    }
    result: Any = made(key=key, data=data, default={"html": value}, on_html_change=_noted)
    return str(result.html or "")


def _noted() -> None:
    """Streamlit keeps a component's state only where somebody listens to it."""


def _component() -> Any:
    """The component as this process's Streamlit knows it; None where it was not bundled."""
    script, style = _files()
    if not script:
        return None
    # Streamlit finds components of installed packages by itself, but only inside the folder that
    # has the package's name; ours belongs to the staff app. (What is called here is pinned with
    # Streamlit's version, and a test drives it.)
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(NAME) is None:
        package, _, name = NAME.partition(".")
        manifest = ComponentManifest(package, __version__, [ComponentConfig(name, BUILT.name)])
        manager.register_from_manifest(manifest, HERE)
    return _renderer(id(manager), script, style)


@lru_cache(maxsize=4)
def _renderer(_manager: int, script: str, style: str) -> Any:
    return st.components.v2.component(
        NAME, html='<div class="ct-editor"></div>', js=script, css=style, isolate_styles=False
    )


@lru_cache(maxsize=1)
def _files() -> tuple[str, str]:
    """Names of the bundle's files; empty where it is missing or of other sources."""
    script, style = bundle(), bundle(".css")
    return (script.name, style.name) if script.is_file() and style.is_file() else ("", "")


def _plain(
    here: Here, *, key: str, value: str, label: str, fields: Sequence[Field], height: int
) -> str:
    """A text area: paragraphs by empty lines, nothing else."""
    text = st.text_area(label, as_text(value), key=f"{key}_plain", height=height, max_chars=50_000)
    st.caption(here.t("The editor is not built on this machine (`make setup`): plain text only."))
    if fields:
        names = " ".join(f"`{name}`" for name, _ in fields)
        st.caption(here.t("Fields: {names}", names=names))
    return as_html(text)


def as_text(html: str) -> str:
    """The words of an editor's HTML, for the text area."""
    lined = re.sub(r"<br\s*/?>", "\n", html)
    lined = re.sub(r"</(p|li|div)>", "\n\n", lined)
    return re.sub(r"\n{3,}", "\n\n", unescape(re.sub(r"<[^>]*>", "", lined))).strip()


def as_html(text: str) -> str:
    """Plain text as paragraphs."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n"))]
    return "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in parts if part)
