"""Commands about the data: load, refresh, rejects, status."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cartera.cli import schema
from cartera.cli.common import (
    CompanyOption,
    Format,
    FormatOption,
    here,
    print_csv,
    print_json,
    print_rows,
)
from cartera.cli.reader import changed, open_figures, say_changed
from cartera.errors import CarteraError, FileRefused, MappingError
from cartera.sources.formats import ENDINGS

if TYPE_CHECKING:
    from cartera.config import Settings
    from cartera.contract import Note
    from cartera.warehouse.ingest import FileResult


def load(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help=f"Files ({', '.join(ENDINGS)}) or folders."),
    ],
    mapping: Annotated[
        Path | None, typer.Option(help="How to read a foreign export (YAML).")
    ] = None,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Load files or folders and refresh the marts.

    Rows may name other companies (column company_id) only where --company is not given.
    """
    from cartera.i18n import Translator
    from cartera.sources.mapping import Mapping
    from cartera.store.db import open_store
    from cartera.store.locks import writer_lock
    from cartera.warehouse import health
    from cartera.warehouse.ingest import files_in, left_out, load_files
    from cartera.warehouse.reader import Reader
    from cartera.warehouse.refresh import bring_up
    from cartera.warehouse.refresh import refresh as refresh_marts

    settings, profile = here(company)
    tr = Translator(profile.language, profile.country)
    try:
        how = Mapping.load(mapping) if mapping else None
        files_in(paths, any_name=how is not None)
        passed_over = [] if how else [one.said(tr) for one in left_out(paths)]
    except (FileRefused, MappingError) as error:
        raise CarteraError(error.said(tr)) from error
    store = open_store(settings)
    with writer_lock(settings, store, who="cartera load"):
        bring_up(settings, store)
        # dbt takes seconds to import and parse: begin while the files are read. Whatever goes
        # wrong there comes again, and is told, in the refresh.
        threading.Thread(target=_parse_quietly, args=(settings,), daemon=True).start()
        with _progress() as progress:
            results = load_files(
                settings,
                paths,
                company=profile,
                mapping=how,
                any_company=company is None,
                progress=progress,
            )
        if not results and passed_over:
            raise CarteraError("; ".join(passed_over))
        if not results:
            raise CarteraError(
                "no file to load: names start with clients, documents, instalments, payments or "
                f"allocations and end in {', '.join(ENDINGS)} (or give --mapping)"
            )
        refresh_marts(settings, store)
    say_changed(store)
    # A file may carry many companies: what waits is counted for the same ones as what loaded.
    companies = sorted({profile.id, *(each for r in results for each in r.companies)})
    with Reader(settings, store).cursor() as cursor:
        waiting = sum(health.waiting_count(cursor, each) for each in companies)
    _report(results, waiting, profile.language, form)
    for line in passed_over:
        sys.stderr.write(f"cartera: {line}\n")
    failed = [r for r in results if r.error]
    if failed:
        raise CarteraError(failed[0].error or "" if len(failed) == 1 else _several(failed))


def _parse_quietly(settings: Settings) -> None:
    from cartera.warehouse.refresh import parse

    with suppress(Exception):
        parse(settings)


def _several(failed: list[FileResult]) -> str:
    return f"{len(failed)} files were not loaded: " + "; ".join(r.error or "" for r in failed)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def step(name: str, done: int, of: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=of)
            bar.update(tasks[name], completed=done, total=of)

        yield step


def _report(results: list[FileResult], waiting: int, language: str, form: Format) -> None:
    columns = [
        "file", "rows", "loaded", "unchanged", "rejected", "held", "unknown_columns", "error",
    ]  # fmt: skip
    rows: list[dict[str, Any]] = [
        {
            "file": r.file,
            "rows": r.rows,
            "loaded": r.loaded,
            "unchanged": r.unchanged,
            "rejected": r.rejected,
            "held": r.held,
            "unknown_columns": sorted({c for names in r.unknown_columns.values() for c in names}),
            "notes": [_note(note) for note in r.notes],
            "error": r.error,
        }
        for r in results
    ]
    counts = ("rows", "loaded", "unchanged", "rejected", "held")
    totals = {k: sum(row[k] for row in rows) for k in counts}
    if form is Format.json:
        print_json({**totals, "waiting": waiting, "files": rows, "rejects": _rejects(results)})
        return
    for row in rows:
        row["unknown_columns"] = ", ".join(row["unknown_columns"])
        del row["notes"]  # below the table, a line each
    if form is Format.csv:
        print_csv(columns, rows)
        return
    always = {"file", *counts} - {"held"}
    shown = [c for c in columns if any(row[c] for row in rows) or c in always]
    print_rows(shown, rows, form, right=totals)
    held = f"held {totals['held']}, " if totals["held"] else ""
    sys.stdout.write(
        f"loaded {totals['loaded']}, unchanged {totals['unchanged']}, "
        f"rejected {totals['rejected']}, {held}waiting {waiting}\n"
    )
    _explain(results, language)
    if held:
        sys.stdout.write("  what is held waits for a person's yes: cartera held list\n")
    _say(results, language)


def _note(note: Note) -> dict[str, Any]:
    from cartera.sources.note_words import sentence

    return {
        "code": note.code,
        "company_id": note.company_id,
        "column": note.column,
        "row": note.row,
        "value": note.value,
        "text": sentence(note, "en"),
    }


def _say(results: list[FileResult], language: str, most: int = 10) -> None:
    """What else there is to say of each file."""
    from cartera.sources.note_words import sentence

    for result in results:
        for note in result.notes[:most]:
            sys.stdout.write(f"  {result.file}: {sentence(note, language)}\n")
        if len(result.notes) > most:
            left = len(result.notes) - most
            sys.stdout.write(f"  {result.file}: ... and {left} more notes: --format json\n")


def _rejects(results: list[FileResult]) -> list[dict[str, Any]]:
    from cartera.sources.reasons import sentence

    return [
        {
            "table": r.table,
            "file": r.file,
            "row": r.row,
            "reasons": [sentence(reason, "en") for reason in r.reasons],
            "codes": [reason.code for reason in r.reasons],
        }
        for result in results
        for r in result.rejects
    ]


def _explain(results: list[FileResult], language: str, most: int = 10) -> None:
    """The first refused rows, each with every reason."""
    from cartera.sources.reasons import sentence

    rejects = [r for result in results for r in result.rejects]
    for reject in rejects[:most]:
        reasons = "; ".join(sentence(reason, language) for reason in reject.reasons)
        sys.stdout.write(f"  {reject.file}, row {reject.row}: {reasons}\n")
    if len(rejects) > most:
        sys.stdout.write(f"  ... and {len(rejects) - most} more: cartera rejects\n")


def refresh(
    full: Annotated[bool, typer.Option("--full", help="Rebuild everything.")] = False,
) -> None:
    """Bring the marts up to date with what is loaded, prove them, publish them."""
    from cartera.store.db import open_store
    from cartera.store.locks import writer_lock
    from cartera.warehouse.refresh import refresh as refresh_marts

    settings, _ = here()
    store = open_store(settings)
    with writer_lock(settings, store, who="cartera refresh"):
        outcome = refresh_marts(settings, store, full=full)
    say_changed(store)
    built = sum(n.kind == "model" for n in outcome.nodes)
    proved = sum(n.kind in {"test", "unit_test"} for n in outcome.nodes)
    what = f"{built} models, {proved} tests" if outcome.nodes else "already up to date"
    snapshot = outcome.publication.snapshot_id if outcome.publication else "-"
    sys.stdout.write(f"{what}; published snapshot {snapshot}\n")


def rejects(
    language: Annotated[str | None, typer.Option(help="es or en; default: the company's.")] = None,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """What was refused and why, what is held for a person's yes, what waits for another row."""
    from cartera.cli.held import rows_of
    from cartera.sources.reasons import sentence
    from cartera.store.db import open_store
    from cartera.warehouse import health, held_rows

    settings, profile = here(company)
    speak = language or profile.language
    store = open_store(settings)
    with open_figures(settings, store).cursor() as cursor:
        held = held_rows.listed(cursor, store, profile.id)
        refused = health.refused(cursor, profile.id)
        waiting = health.waiting(cursor, profile.id)
    rows: list[dict[str, Any]] = [
        {
            "state": "rejected",
            "table": r.table,
            "file": r.file,
            "row": r.row,
            "reasons": [sentence(reason, speak) for reason in r.reasons],
            "codes": [reason.code for reason in r.reasons],
            "record": r.record,
        }
        for r in refused
    ]
    rows += [{"state": "held", **row} for row in rows_of(held, profile, language)]
    rows += [
        {
            "state": "waiting",
            "table": w.table,
            "file": None,
            "row": None,
            "reasons": [f"{w.reason}: {w.waits_for} {w.waits_for_id or ''}".strip()],
            "codes": [w.reason],
            "record": {"id": w.record_id},
        }
        for w in waiting
    ]
    if form is not Format.json:
        for row in rows:
            row["reasons"] = "; ".join(row["reasons"])
            row["record"] = ", ".join(f"{k}={v}" for k, v in row["record"].items() if v)
    columns = ["state", "table", "file", "row", "reasons", "record"]
    print_rows(columns, rows, form, right=("row",), empty="Nothing was rejected, nothing waits.")


def warnings(
    language: Annotated[str | None, typer.Option(help="es or en; default: the company's.")] = None,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """What is odd but loaded as it is, because figures must equal the source's."""
    from cartera.i18n import Translator
    from cartera.warehouse import health, warning_words

    settings, profile = here(company)
    tr = Translator(language or profile.language, profile.country)
    with open_figures(settings).cursor() as cursor:
        rows = health.warnings(cursor, profile.id)
    for row in rows:
        row["what"] = warning_words.sentence(row["warning"], tr)
        row["amount"] = row["amount"] and format(row["amount"].normalize(), "f")
    columns = ["warning", "what", "client_id", "item_kind", "item_id", "number", "amount"]
    if form is Format.table:
        columns.remove("warning")
    print_rows(columns, rows, form, right=("amount",), empty="Nothing is odd.")


def status(company: CompanyOption = None, form: FormatOption = Format.table) -> None:
    """Freshness, counts, last runs, anything waiting."""
    from cartera import clock
    from cartera.money import amount_text
    from cartera.store import figure_changes
    from cartera.warehouse import health, held_rows
    from cartera.warehouse.reader import NothingPublished
    from cartera.warehouse.refresh import plan

    settings, profile = here(company)
    reader = open_figures(settings)
    with reader.cursor() as cursor:
        counts = health.counts(cursor, profile.id)
        waiting = health.waiting_count(cursor, profile.id)
        refused = health.refused_count(cursor, profile.id)
        odd = health.warnings_count(cursor, profile.id)
        held = held_rows.count(cursor, reader.store, profile.id)
    publication = reader.publication()
    if publication is None:
        raise NothingPublished
    todo = plan(settings, reader.store)
    drifted = schema.differences(settings, reader.store)
    unseen = figure_changes.unseen(reader.store, profile.id)
    with reader.cursor() as cursor:
        loads = health.last_loads(cursor, profile.id)
    for row in counts["receivables"]:
        row["invoiced"] = amount_text(row["invoiced"], row["currency"])
        row["open"] = amount_text(row["open"], row["currency"])
    shown: dict[str, Any] = {
        "company": profile.id,
        "home": str(settings.root),
        "published_at": publication.published_at.isoformat(timespec="seconds"),
        "age_seconds": int((clock.now() - publication.published_at).total_seconds()),
        "snapshot": publication.snapshot_id,
        "pending_batches": todo.last - publication.batch_seq,
        **counts,
        "rejected": refused,
        "held": held,
        "waiting": waiting,
        "warnings": odd,
        "schema_differences": [one.as_json() for one in drifted],
        "unseen_figure_changes": [
            {
                "program": one.program,
                "found_at": one.found_at.isoformat(timespec="seconds"),
                "accounts": one.accounts,
                "trouble": one.trouble or None,
            }
            for one in unseen
        ],
        "last_loads": [
            {
                **x,
                "held": x["held"] or 0,  # null for loads of before
                "loaded_at": x["loaded_at"].isoformat(timespec="seconds") + "Z",
                "notes": [_note(note) for note in x["notes"]],
            }
            for x in loads
        ],
    }
    if form is Format.json:
        print_json(shown)
        return
    if form is Format.csv:
        flat = {k: v for k, v in shown.items() if not isinstance(v, list | dict)}
        print_csv(list(flat), [flat])
        return
    behind = shown["pending_batches"]
    lines = [
        f"{profile.name} ({profile.id}) in {settings.root}",
        f"Figures of {shown['published_at']}, snapshot {shown['snapshot']}"
        + (f"; {behind} loads not yet in them" if behind else ""),
        "  ".join(f"{name} {count:,}" for name, count in counts["tables"].items()),
        f"rejected {refused}  held for a yes {held}  waiting {waiting}  odd but loaded {odd}",
        *(f"Not as this version declares it: {one}" for one in drifted),
        *(f"{changed(one)}: cartera check --changed" for one in unseen),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    print_rows(
        ["currency", "documents", "invoiced", "open", "paid_late"],
        counts["receivables"],
        form,
        right=("documents", "invoiced", "open", "paid_late"),
    )
    print_rows(
        ["file", "loaded_at", "rows", "loaded", "unchanged", "rejected", "held"],
        shown["last_loads"],
        form,
        right=("rows", "loaded", "unchanged", "rejected", "held"),
        title="Last loads",
    )
