"""Where templates live, and how they become HTML."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import cartera
from cartera.errors import ConfigError

if TYPE_CHECKING:
    from jinja2 import Environment


@lru_cache(maxsize=1)
def templates_dir() -> Path:
    """The folder `templates/` beside the package, in a checkout and when installed alike."""
    folder = Path(cartera.__file__).resolve().parent.parent / "templates"
    if not folder.is_dir():
        raise ConfigError(f"the templates are missing: {folder}")
    return folder


@lru_cache(maxsize=1)
def text_environment() -> Environment:
    """Jinja for plain text: nothing is escaped, so nothing of it may ever be put into HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(templates_dir()),
        autoescape=False,  # noqa: S701  # text, not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@lru_cache(maxsize=1)
def html_environment() -> Environment:
    """Jinja for pages: everything is escaped, and a name that does not exist is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(templates_dir()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
