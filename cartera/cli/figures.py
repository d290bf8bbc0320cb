"""Commands that print figures: aging, statement, check."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from cartera.cli import changes, lake_check, schema
from cartera.cli.common import (
    ClientId,
    CompanyOption,
    Format,
    FormatOption,
    day,
    here,
    key,
    print_json,
    print_rows,
)
from cartera.cli.reader import open_figures
from cartera.errors import CarteraError, UsageError

if TYPE_CHECKING:
    from cartera.config import Company
    from cartera.filters import Filters
    from cartera.statement import Statement

AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="Day of the figures (ISO); default: today.")
]


class BasisChoice(StrEnum):
    """What age is counted from."""

    due_date = "due_date"
    issue_date = "issue_date"


class KindChoice(StrEnum):
    """The three kinds of statement."""

    open = "open"
    activity = "activity"
    forward = "forward"


class StatementFormat(StrEnum):
    """What a statement can be printed as."""

    table = "table"
    json = "json"
    xlsx = "xlsx"
    pdf = "pdf"
    html = "html"


def aging(
    as_of: AsOfOption = None,
    basis: Annotated[BasisChoice | None, typer.Option(help="Age from which date.")] = None,
    buckets: Annotated[str | None, typer.Option(help="Limits in days: 30,60,90.")] = None,
    client: Annotated[str | None, typer.Option(help="Only this client id.", callback=key)] = None,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Who owes how much, by days overdue; per currency, never added together."""
    from cartera.aging import bucket_names, parse_limits, to_json
    from cartera.clock import today

    settings, profile = here(company)
    limits = parse_limits(buckets) if buckets else None
    result = open_figures(settings).aging(
        profile.id,
        as_of=day(as_of, "--as-of") or today(profile.timezone),
        basis=basis.value if basis else None,
        buckets=limits,
        client_id=client,
    )
    shown = to_json(result)
    if form is Format.json:
        print_json(shown)
        return
    names = bucket_names(result.basis, result.limits)
    figures = [*names, "unapplied", "total", "documents"]
    columns = ["client_id", "client", "currency", *figures]
    totals = [{"client_id": "", "client": f"{t['clients']} clients", **t} for t in shown["totals"]]
    rows = shown["rows"] if form is Format.csv else [*shown["rows"], *totals]
    title = f"{profile.name}, as of {shown['as_of']}"
    print_rows(columns, rows, form, right=figures, title=title, empty="No open items.")


def statement(
    client: ClientId,
    kind: Annotated[KindChoice, typer.Option(help="Kind of statement.")] = KindChoice.open,
    as_of: AsOfOption = None,
    from_day: Annotated[str | None, typer.Option("--from", help="First day (ISO).")] = None,
    to_day: Annotated[str | None, typer.Option("--to", help="Last day (ISO).")] = None,
    paid: Annotated[bool, typer.Option("--paid", help="Show settled items too.")] = False,
    status: Annotated[
        str | None, typer.Option(help="Only these: open, partial, overdue, paid, void.")
    ] = None,
    ranges: Annotated[
        str | None, typer.Option("--range", help="Only these ranges: 1-30,31-60,90+.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="es or en; default: the client's.")] = None,
    company: CompanyOption = None,
    form: Annotated[
        StatementFormat | None,
        typer.Option("--format", help="Default: by the file's ending, else table."),
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write.")] = None,
) -> None:
    """One client's account statement, as table, JSON, Excel, PDF or web page."""
    from cartera.clock import today
    from cartera.filters import select

    settings, profile = here(company)
    form = form or _by_ending(output)
    if form in (StatementFormat.xlsx, StatementFormat.pdf) and output is None:
        raise UsageError(f"--format {form} needs -o FILE")
    start, end = day(from_day, "--from"), day(to_day, "--to")
    chosen = _filters(status, ranges, profile)
    if chosen and kind is not KindChoice.open:
        raise UsageError("--status and --range choose from a statement of kind open")
    result = open_figures(settings).statement(
        profile.id,
        client,
        kind=kind.value,
        as_of=day(as_of, "--as-of") or end or today(profile.timezone),
        from_date=start,
        to_date=end,
        include_paid=paid or bool({"paid", "void"} & set(chosen.statuses)),
        language=language,
    )
    result = select(result, chosen)
    if output is not None:
        _write_whole(output, _rendered(result, form))
    elif form is StatementFormat.table:
        _print_table(result, sys.stdout)
    else:
        sys.stdout.write(_rendered(result, form).decode() + "\n")


def _filters(status: str | None, ranges: str | None, company: Company) -> Filters:
    """Filters of the options; a name that does not exist is a mistake worth hearing of."""
    from cartera.aging import bucket_names
    from cartera.filters import STATUSES, Filters

    names = (*bucket_names(company.aging_basis, company.buckets), "unapplied")
    found = []
    for option, text, known in (("--status", status, STATUSES), ("--range", ranges, names)):
        chosen = tuple(part.strip() for part in text.split(",")) if text is not None else ()
        if not set(chosen) <= set(known):
            raise UsageError(f"{option} takes some of {', '.join(known)}, not {text!r}")
        found.append(chosen)
    return Filters(statuses=found[0], buckets=found[1])


def _by_ending(output: Path | None) -> StatementFormat:
    ending = output.suffix.lstrip(".").lower() if output else ""
    known = {form.value for form in StatementFormat}
    return StatementFormat(ending) if ending in known else StatementFormat.table


def _rendered(result: Statement, form: StatementFormat) -> bytes:
    import io
    import json

    from cartera.statement import to_json

    if form is StatementFormat.table:
        text = io.StringIO()
        _print_table(result, text)
        return text.getvalue().encode()
    if form is StatementFormat.json:
        return json.dumps(to_json(result), ensure_ascii=False, indent=2).encode()
    if form is StatementFormat.pdf:
        from cartera.render.pdf import to_pdf

        return to_pdf(result)
    if form is StatementFormat.html:
        from cartera.render.html import to_html

        return to_html(result).encode()
    from cartera.render.xlsx import write_xlsx

    buffer = io.BytesIO()
    write_xlsx(result, buffer)
    return buffer.getvalue()


def _print_table(result: Statement, target: TextIO) -> None:
    from rich.console import Console

    from cartera.render.table import to_table

    Console(file=target, width=None if target.isatty() else 110).print(to_table(result))


def _write_whole(output: Path, content: bytes) -> None:
    """Write beside the target and rename: nobody ever opens half a statement."""
    import os

    scratch = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    try:
        scratch.write_bytes(content)
        scratch.replace(output)
    except OSError as error:
        raise CarteraError(f"{output}: {error.strerror}") from error
    finally:
        scratch.unlink(missing_ok=True)


def check(
    changed: Annotated[
        bool,
        typer.Option(
            "--changed",
            help="Instead: the accounts whose figures a new version changed, before and after, "
            "with the last message each got.",
        ),
    ] = False,
    seen: Annotated[
        bool, typer.Option("--seen", help="With --changed: they are seen; mail goes again.")
    ] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read all of every file of the lake, too.")
    ] = False,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Prove on the live data that every number ties (ledger rules 1 to 4), that every file of the
    lake is there, and that the tables of the store and the lake are what this version declares.
    """

    if seen and not changed:
        raise UsageError("--seen goes with --changed")
    settings, profile = here(company)
    if changed:
        changes.check(settings, profile, form, seen=seen)
        return
    reader = open_figures(settings)
    count, damaged = lake_check.damages(settings, reader, deep=deep)
    broken = lake_check.broken_figures(reader, profile.id, damaged=bool(damaged))
    drifted = schema.differences(settings, reader.store)
    columns = ["rule", "client_id", "currency", "item_id", "as_of", "expected", "found"]
    odd: list[dict[str, Any]] = [
        {
            **dict.fromkeys(columns),
            "rule": f"the {one.where}'s tables are as declared",
            "item_id": one.what,
            "expected": one.declared,
            "found": one.found,
        }
        for one in drifted
    ]
    print_rows(
        columns,
        [{**dict.fromkeys(columns), **row} for row in lake_check.rows(damaged)]
        + (broken or [])
        + odd,
        form,
        right=("expected", "found"),
        empty=f"{profile.name}: every number ties"
        + (f"; {count:,} files of the lake read, all whole." if deep else "."),
    )
    wrong = [lake_check.sentence(settings, damaged)] if damaged else []
    if broken is None:
        wrong.append("the figures cannot be proved without it")
    elif broken:
        wrong.append(f"{len(broken)} figures do not tie")
    if drifted:
        wrong.append(
            f"not as declared: {'; '.join(map(str, drifted))} (cartera refresh adds columns that "
            "the contract gained; nothing else is changed without being asked)"
        )
    if wrong:
        raise CarteraError("; ".join(wrong))
