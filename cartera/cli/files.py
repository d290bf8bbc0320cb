"""Commands for the files that were loaded: a list, and each of them as it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cartera.cli.common import CompanyOption, Format, FormatOption, here, print_rows
from cartera.errors import CarteraError, NotFound

if TYPE_CHECKING:
    from cartera.config import Settings

app = typer.Typer(
    help="Files that were loaded, or refused, as they were.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_files(
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 100,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Loads of the company, newest first: which file, by which mapping, and how it ended."""
    from cartera.store import loaded_files
    from cartera.store.db import open_store

    settings, profile = here(company)
    rows: list[dict[str, Any]] = [
        {
            "id": load.id,
            "loaded_at": load.loaded_at.isoformat(timespec="seconds"),
            "way": load.way,
            "file": load.file,
            "size": load.size,
            "mapping": load.mapping,
            "state": load.state,
            "batch": load.batch_id,
            "reason": load.reason,
            "sha256": load.sha256,
            "mapping_sha256": load.mapping_sha256,
            "removed_at": load.removed_at.isoformat(timespec="seconds") if load.removed_at else "",
        }
        for load in loaded_files.listed(open_store(settings), profile.id, limit)
    ]
    columns = list(rows[0]) if rows else ["id"]
    if form is Format.table:
        columns = [c for c in columns if not c.endswith("sha256") and any(r[c] for r in rows)]
    print_rows(columns, rows, form, right=("id", "size", "batch"), empty="No file was loaded.")


@app.command("get")
def get(
    number: Annotated[int, typer.Argument(metavar="ID", help="As `cartera files list` says.")],
    mapping: Annotated[
        bool, typer.Option("--mapping", help="The mapping that it was read with.")
    ] = False,
    company: CompanyOption = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where to write it; default: its own name, here."),
    ] = None,
) -> None:
    """Write a file as it was loaded."""
    from cartera.store import loaded_files
    from cartera.store.db import open_store

    settings, profile = here(company)
    load = loaded_files.get(open_store(settings), profile.id, number)
    if load is None:
        raise NotFound("loaded file", str(number), profile.id)
    name, sha256 = (load.mapping, load.mapping_sha256) if mapping else (load.file, load.sha256)
    if not sha256:
        raise CarteraError(
            f"{load.file} was read without a mapping" if mapping else f"{name} was not kept"
        )
    if load.removed_at is not None:
        day = load.removed_at.date().isoformat()
        raise CarteraError(f"{name} was kept until {day} (keep_files_days)")
    target = output or Path(Path(name).name)
    if output is None and os.path.lexists(target):
        raise CarteraError(f"{target} is there already; say where to write with -o FILE")
    _write(settings, sha256, target)
    typer.echo(str(target))


def _write(settings: Settings, sha256: str, target: Path) -> None:
    """Write beside the target and rename: what is damaged is never taken for the file."""
    from cartera.warehouse import kept_files

    scratch = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with scratch.open("wb") as file:
            for piece in kept_files.read(settings, sha256):
                file.write(piece)
        scratch.replace(target)
    except OSError as error:
        raise CarteraError(f"{target}: {error.strerror}") from error
    finally:
        scratch.unlink(missing_ok=True)
