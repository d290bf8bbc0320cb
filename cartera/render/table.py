"""A statement for the terminal, legible in 100 columns."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cartera.render.text import clip
from cartera.render.view import BucketView, ItemView, LineView, SectionView, View, to_view
from cartera.statement import Statement

#: Longest number, reference or name in a column.
SHORT = 24


def to_table(statement: Statement) -> RenderableType:
    """Letterhead, the sentence of what is owed, and for each currency its ranges and rows."""
    view = to_view(statement)
    parts: list[RenderableType] = [_heading(view)]
    for section in view.sections:
        parts += [Text(), _aging(section, view), _rows(section, view)]
        if section.later:
            parts.append(_later(section, view))
    return Group(*parts)


def _heading(view: View) -> Text:
    company, client = view.company, view.client
    about = " · ".join(part for part in (view.title, view.period or view.as_of_sentence) if part)
    lines = [
        Text(" · ".join(filter(None, (company.name, company.tax_id))), "bold"),
        Text(" · ".join(filter(None, (client.name, client.tax_id)))),
        Text(about, "dim"),
        *(Text(sentence, "bold") for sentence in view.summary),
        *([Text(view.selection, "dim")] if view.selection else []),
    ]
    return Text("\n").join(lines)


def _table(title: str) -> Table:
    # Text everywhere, never str: rich would read markup in a name.
    return Table(
        title=Text(title, "bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        show_edge=False,
        expand=False,
    )


def _money_column(table: Table, name: str) -> None:
    table.add_column(Text(name), justify="right", no_wrap=True)


def _add(table: Table, cells: Iterable[str | Text], *, style: str = "", end: bool = False) -> None:
    row = (cell if isinstance(cell, Text) else Text(clip(cell, SHORT)) for cell in cells)
    table.add_row(*row, style=style, end_section=end)


def _aging(section: SectionView, view: View) -> Table:
    table = _table(f"{section.heading} · {view.basis}")
    total = BucketView("total", view.labels["total"], section.total, "")
    for bucket in (*section.buckets, total):
        table.add_column(Text(bucket.name), justify="right")
    tones = {"overdue": "red", "credit": "green"}
    figures = [Text(b.amount, tones.get(b.tone, ""), no_wrap=True) for b in section.buckets]
    _add(table, [*figures, Text(section.total, "bold", no_wrap=True)])
    return table


def _rows(section: SectionView, view: View) -> Table:
    return _items(section, view) if view.kind == "open" else _lines(section, view)


def _items(section: SectionView, view: View) -> Table:
    labels = view.labels
    table = _table(section.detail_heading)
    # No issue date: 100 columns are for what is owed, since when it is late, and how it stands.
    for name in ("number", "type", "due"):
        table.add_column(Text(labels[name]), no_wrap=name == "due", overflow="fold")
    for name in ("amount", "applied", "balance"):
        _money_column(table, labels[name])
    table.add_column(Text(labels["status"]))
    for item in section.items:
        style = "dim" if item.tone == "void" else ""
        names = filter(None, (item.number, item.purchase_order))
        number = Text("\n".join(clip(name, SHORT) for name in names))
        cells = (number, item.type, item.due, item.total, item.applied, item.open)
        last = item is section.items[-1]
        _add(table, (*cells, _state(item)), style=style, end=last and not item.instalments)
        for part in item.instalments:
            end = last and part is item.instalments[-1]
            _add(table, ("", part.text, part.day, part.amount, "", "", ""), style="dim", end=end)
    total = Text(section.total, "bold", no_wrap=True)
    _add(table, (Text(labels["total"], "bold"), "", "", "", "", total, section.currency))
    return table


def _state(item: ItemView) -> Text:
    style = "red" if item.tone == "overdue" else ""
    return Text(", ".join(filter(None, (item.overdue, item.status, item.marks))), style)


def _lines(section: SectionView, view: View) -> Table:
    labels = view.labels
    table = _table(section.detail_heading)
    for name in ("date", "type", "number", "reference"):
        table.add_column(Text(labels[name]), no_wrap=name == "date", overflow="fold")
    for name in ("amount", "balance"):
        _money_column(table, labels[name])
    if section.opening:
        opening = Text(section.opening, no_wrap=True)
        _add(table, (section.opening_day, labels["opening"], "", "", "", opening))
    for line in section.lines:
        about = ", ".join(filter(None, (line.void, line.reference)))
        cells = (line.day, line.type, line.number, about, line.amount, line.balance)
        last = line is section.lines[-1]
        _add(table, cells, style="dim" if line.void else "", end=last)
    closing = Text(section.closing, "bold", no_wrap=True)
    _add(table, ("", Text(labels["closing"], "bold"), "", section.currency, "", closing))
    return table


def _later(section: SectionView, view: View) -> Table:
    labels = view.labels
    table = _table(labels["later"])
    for name in ("date", "type", "number", "reference"):
        table.add_column(Text(labels[name]), overflow="fold")
    _money_column(table, labels["amount"])
    lines: tuple[LineView, ...] = section.later
    for line in lines:
        _add(table, (line.day, line.type, line.number, line.reference, line.amount))
    return table
