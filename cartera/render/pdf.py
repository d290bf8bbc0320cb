"""A statement as a PDF, set by typst from `templates/statement/statement.typ`.

The template is fixed text and the statement reaches it as JSON in `sys.inputs`, so nothing in a
name or a number can become markup. A compiler is not shareable between threads and costs more
to make than a document costs to set, so each thread keeps its own.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import asdict
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from cartera.render.logo import Logo, read_logo
from cartera.render.templates import templates_dir
from cartera.render.text import breakable
from cartera.render.view import to_view
from cartera.statement import Statement

if TYPE_CHECKING:
    from typst import Compiler

#: Applied payments printed under one item; the page and the Excel file list them all.
LONGEST_DETAIL = 8
#: Tags make a PDF accessible but a long one twelve times larger (816 against 68 KiB for 500 rows).
TAGGED_ROWS = 200
#: Countries that print on letter (CLDR, paperSize); the others on A4.
LETTER = frozenset(
    ("BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE")
)

#: Points of a page's height that rows may fill where the statement is set as one page at first;
#: a row, and a line under it.
ONE_PAGE, ROW, DETAIL = 420, 26, 14
#: In the file's tree of pages: how many there are.
_PAGES = re.compile(rb"/Type/Pages/Count (\d+)")

_local = threading.local()


def to_pdf(statement: Statement) -> bytes:
    """The statement as a PDF; the same statement always gives the same bytes."""
    data: dict[str, Any] = asdict(to_view(statement, longest_detail=LONGEST_DETAIL))
    data = _breakable(data)
    data["paper"] = "us-letter" if statement.country in LETTER else "a4"
    data["one_page"] = _height(data) <= ONE_PAGE
    rows = sum(len(s.items) + len(s.lines) for s in statement.sections)
    made = datetime.combine(statement.as_of, time(), UTC)
    logo = read_logo(statement.company.logo)
    if logo is not None:
        from typst import TypstError

        try:
            return _compile(_with_logo(data, logo), made, tagged=rows <= TAGGED_ROWS)
        except TypstError:  # a file that only looks like an image: the account goes out without it
            pass
    return _compile(data, made, tagged=rows <= TAGGED_ROWS)


def _height(data: dict[str, Any]) -> int:
    """What the rows take of a page, roughly, in points."""
    height = 0
    for section in data["sections"]:
        lines = [*section["items"], *section["lines"], *section["later"]]
        details = sum(len(i["payments"]) + len(i["instalments"]) for i in section["items"])
        height += ROW * (len(lines) + 3) + DETAIL * details
    return height


def _compile(data: dict[str, Any], made: datetime, *, tagged: bool) -> bytes:
    """The file. With `one_page` its page's number is written without counting, in half the time;
    where it becomes more than one after all, it is set again.
    """
    made_pdf = _set(data, made, tagged=tagged)
    if data["one_page"]:
        pages = _PAGES.search(made_pdf)
        if pages is None or pages[1] != b"1":
            return _set({**data, "one_page": False}, made, tagged=tagged)
    return made_pdf


def _set(data: dict[str, Any], made: datetime, *, tagged: bool) -> bytes:
    made_pdf = _compiler().compile(
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        format="pdf",
        timestamp=made,
        pdf_tags=tagged,
    )
    if not isinstance(made_pdf, bytes):  # a list only where there is a file for each page
        raise TypeError(f"typst returned {type(made_pdf).__name__}")
    return made_pdf


def _compiler() -> Compiler:
    """This thread's compiler; system fonts are left out so that every machine sets alike."""
    made: Compiler | None = getattr(_local, "compiler", None)
    if made is None:
        from typst import Compiler, Fonts

        folder = templates_dir()
        fonts = Fonts(include_system_fonts=False)
        made = _local.compiler = Compiler(
            folder / "statement" / "statement.typ", root=folder, font_paths=fonts
        )
    return made


def _with_logo(data: dict[str, Any], logo: Logo) -> dict[str, Any]:
    """The logo goes in as numbers: the template may read no file outside its own folder."""
    return {**data, "logo": list(logo.data)}


def _breakable(value: Any) -> Any:
    """The same data, with places to break every word that is too long for its column."""
    if isinstance(value, str):
        return breakable(value)
    if isinstance(value, dict):
        return {key: _breakable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_breakable(inner) for inner in value]
    return value
