"""The inbox: files that people and systems drop, loaded once each and put away.

`inbox/FILE` belongs to the configured company, `inbox/COMPANY/FILE` to that company; deeper
folders are not looked at. Rows that name another company (column `company_id`, or a mapping's) are
refused. A file whose name starts with the name of a mapping
(`mappings/xero_invoices.yml` for `xero_invoices-2026-11.csv`; capitals ignored, the longest name
wins) is read with it. A PDF is an invoice's own (`cartera.invoice_files`). Loaded files go to
`processed/DAY/`, refused ones to `refused/` with a `.reason.txt` beside them. A file leaves the
inbox only after its transaction is committed: cut off in between, it is loaded again, which
changes nothing.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import duckdb
import polars as pl

from cartera import clock, invoice_files, upload
from cartera.config import Settings
from cartera.contract import TABLES
from cartera.errors import Fault, FileRefused, MappingError
from cartera.i18n import Translator
from cartera.people import Person
from cartera.refused_files import REASON
from cartera.sources import lacking
from cartera.sources.files import is_supported, table_of
from cartera.sources.formats import FORMAT_NAMES
from cartera.sources.mapping import Mapping
from cartera.store import audit, companies
from cartera.store.db import Store
from cartera.store.locks import writer_lock
from cartera.warehouse import ingest
from cartera.warehouse.ingest import FileResult
from cartera.warehouse.loads import FileLoad
from cartera.warehouse.refresh import bring_up

#: What browsers, editors and copying programs call a file that is not finished.
UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".download", ".swp", "~")
#: Hidden files (rsync writes into one), and the lock that Excel keeps beside an open workbook.
IGNORED = (".", "~$")
QUIET_SECONDS = 1.0
IS_LINK = "is a link; copy the file itself"
UNKNOWN_FORMAT = "is not {formats}, nor a PDF"
#: How long to wait for the writer's place before giving up with `Busy`.
LOCK_SECONDS = 60.0
#: The machine's trouble, not the file's: it stays in the inbox and the load is tried again.
TROUBLE = (OSError, MemoryError, duckdb.IOException, duckdb.TransactionException)


@dataclass(frozen=True, slots=True)
class InboxFile:
    """A complete file, whose it is, and how it looked when it was found."""

    path: Path
    company: str
    mapping: Path | None
    size: int
    modified_ns: int

    @property
    def key(self) -> str:
        """Changes whenever the file does."""
        return f"{self.company}/{self.path.name}:{self.size}:{self.modified_ns}"

    @property
    def is_unchanged(self) -> bool:
        """Whether the file is still the one that was found."""
        now = self.path.lstat()
        return (now.st_size, now.st_mtime_ns) == (self.size, self.modified_ns)


def ready(settings: Settings, *, quiet_seconds: float = QUIET_SECONDS) -> list[InboxFile]:
    """Complete files, what others refer to first; nobody touched them for `quiet_seconds`.

    The change time decides, not the modification time: programs set the latter to that of the
    original while they still write.
    """
    mappings = _mappings(settings)
    found = []
    for company, entry in _entries(settings):
        try:
            about = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # taken away since the folder was listed
            continue
        touched = max(about.st_mtime, about.st_ctime)
        quiet = time.time() - touched  # noqa: TID251  # files have the machine's time
        if stat.S_ISREG(about.st_mode) and quiet >= quiet_seconds:
            path = Path(entry.path)
            found.append(
                InboxFile(
                    path=path,
                    company=company,
                    mapping=_mapping_for(path, mappings),
                    size=about.st_size,
                    modified_ns=about.st_mtime_ns,
                )
            )
    return sorted(found, key=_load_order)


def links(settings: Settings) -> list[Path]:
    """Symbolic links in the inbox: never followed nor moved, since they may point anywhere."""
    folders = [settings.inbox, *_company_folders(settings)]
    return sorted(
        Path(entry.path) for folder in folders for entry in _listed(folder) if entry.is_symlink()
    )


def process(
    settings: Settings, store: Store, *, now: datetime, quiet_seconds: float = QUIET_SECONDS
) -> list[FileResult]:
    """Load every complete file under the writer's lock and put it away; `Busy` if it is taken.

    A file that cannot be taken never stops the others. Trouble of the machine (a full disk, an
    object store that does not answer) is raised: the files left are for the next call.
    """
    company = companies.profile(settings, store)
    tr = Translator(company.language, company.country)
    day = clock.local(now, company.timezone).date().isoformat()
    refused_links = [
        FileResult(file=path.name, error=FileRefused(path.name, IS_LINK).said(tr))
        for path in links(settings)
    ]
    with writer_lock(settings, store, wait=LOCK_SECONDS, who="inbox"):
        files = ready(settings, quiet_seconds=quiet_seconds)
        if files:
            bring_up(settings, store)
        processed = settings.root / "processed" / day
        results = [_take(settings, store, file, processed) for file in files]
    return refused_links + [result for result in results if result is not None]


def deliver(
    settings: Settings,
    store: Store,
    name: str,
    content: bytes | BinaryIO,
    by: Person,
    now: datetime,
) -> Path:
    """Put a file that somebody sent into their company's inbox; the next load takes it.

    Raises `Forbidden`, and `FileRefused` for a name or size that could not be loaded. A file of
    that name is not overwritten: the new one gets a number.
    """
    by.must("upload")
    clean = upload.clean_name(name)
    path = Path(clean or "_")
    is_pdf = invoice_files.is_pdf(path)
    if not (is_supported(path) or is_pdf):
        raise FileRefused(clean, UNKNOWN_FORMAT, formats=Fault(FORMAT_NAMES))
    if not is_pdf and table_of(path) is None and _mapping_for(path, _mappings(settings)) is None:
        raise FileRefused(clean, [lacking.unknown_table(path.stem, or_mapping=True)])
    with upload.received(content, _company_inbox(settings, by.company_id, clean), clean) as file:
        target: Path | None = None
        try:
            with store.write() as connection:
                target = file.publish(clean)
                details = {"bytes": file.size, "sha256": file.sha256}
                audit.add(
                    connection, by.company_id, by.login, "file.uploaded", target.name, details, now
                )
        except BaseException:  # no file without its entry in the trail
            if target is not None:
                target.unlink(missing_ok=True)
            raise
        return target


def _company_inbox(settings: Settings, company: str, name: str) -> Path:
    """The folder whose files are this company's."""
    if company == settings.default_company:
        return settings.inbox
    if company not in settings.companies or Path(company).name != company or company[0] == ".":
        raise FileRefused(name, "company “{company}” is not in cartera.toml", company=company)
    return settings.inbox / company


def _take(settings: Settings, store: Store, file: InboxFile, processed: Path) -> FileResult | None:
    """Load one file and move it; None when somebody took it away since it was found."""
    if not file.path.exists():
        return None
    result = _load(settings, store, file)
    if not file.path.exists():
        return result
    inside = file.path.parent.relative_to(settings.inbox)
    if result.error is not None and file.is_unchanged:
        home = _put_away(file.path, settings.root / "refused" / inside)
        reason = home.with_name(home.name + REASON)
        reason.write_text(result.error + "\n", "utf-8")
        moment = clock.now().timestamp()  # of our clock: pages compare it with that of loads
        os.utime(reason, (moment, moment))
    elif file.is_unchanged:
        _put_away(file.path, processed / inside)
    # Otherwise it grew while it was read, in spite of the quiet before: its rest is still to
    # come, and loading it again when it is complete corrects whatever was cut short.
    return result


def _load(settings: Settings, store: Store, file: InboxFile) -> FileResult:
    """Load one file; whatever is wrong with it comes back as `error`, in its company's language."""
    tr = _translator(settings, store, file.company)
    try:
        company = _company_known(settings, file)
        if invoice_files.is_pdf(file.path):
            invoice_files.keep(settings, company, file.path)
            return FileResult(file=file.path.name)
        if not is_supported(file.path):
            raise FileRefused(file.path.name, UNKNOWN_FORMAT, formats=Fault(FORMAT_NAMES))
        if not os.access(file.path, os.R_OK):
            raise FileRefused(file.path.name, "may not be read by this program")
        mapping = Mapping.load(file.mapping) if file.mapping else None
        profile = companies.profile(settings, store, company)
        return ingest.load_file(
            settings, file.path, company=profile, mapping=mapping, way="inbox", store=store
        )
    except TROUBLE:
        raise
    except (FileRefused, MappingError) as error:
        reason = error.said(tr)
        _keep_refused(settings, store, file, reason)
        return FileResult(file=file.path.name, error=reason)
    # A file we fail on must not block the others; what fails in Rust is no `Exception`.
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001
        reason = str(error) or type(error).__name__
        _keep_refused(settings, store, file, reason)
        return FileResult(file=file.path.name, error=reason)


def _keep_refused(settings: Settings, store: Store, file: InboxFile, reason: str) -> None:
    """Keep a file that no load took in, where its folder is a company's."""
    with suppress(FileRefused):
        company = companies.profile(settings, store, _company_known(settings, file))
        FileLoad(settings, store, file.path, company, way="inbox").refuse(reason)


def _translator(settings: Settings, store: Store, company_id: str) -> Translator:
    """A company's language; that of the configured one where there is no such company."""
    is_known = company_id in settings.companies
    company = companies.profile(settings, store, company_id if is_known else None)
    return Translator(company.language, company.country)


def _company_known(settings: Settings, file: InboxFile) -> str:
    """The file's company; a misspelt folder must not found a new one."""
    if file.company == settings.default_company or file.company in settings.companies:
        return file.company
    raise FileRefused(
        file.path.name,
        "its folder names “{company}”, a company not in cartera.toml",
        company=file.company,
    )


def _put_away(path: Path, folder: Path) -> Path:
    """Move a file into a folder under a name that is free there; the writer's lock keeps it so."""
    folder.mkdir(parents=True, exist_ok=True)
    target, number = folder / path.name, 2
    while target.exists() or target.is_symlink():
        target = folder / f"{path.stem}-{number}{path.suffix}"
        number += 1
    os.replace(path, target)  # noqa: PTH105  # never copies, so never half a file
    return target


def _entries(settings: Settings) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything that may be a file for us, with the company it belongs to."""
    folders = [(settings.default_company, settings.inbox)]
    folders += [(folder.name, folder) for folder in _company_folders(settings)]
    for company, folder in folders:
        for entry in _listed(folder):
            name = entry.name.casefold()
            if not name.startswith(IGNORED) and not name.endswith(UNFINISHED):
                yield company, entry


def _company_folders(settings: Settings) -> list[Path]:
    return sorted(
        Path(entry.path)
        for entry in _listed(settings.inbox)
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
    )


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder now; nothing where there is none yet."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


def _mappings(settings: Settings) -> list[Path]:
    """Mapping files, the longest name first: the most specific one is meant."""
    found = [p for p in (settings.root / "mappings").glob("*") if p.suffix in {".yml", ".yaml"}]
    return sorted(found, key=lambda path: (-len(path.stem), path.name))


def _mapping_for(path: Path, mappings: list[Path]) -> Path | None:
    name = path.name.casefold()
    return next((m for m in mappings if name.startswith(m.stem.casefold())), None)


def _load_order(file: InboxFile) -> tuple[int, str, str]:
    """Clients before documents before what settles them: so fewer rows wait for others.

    Invoices' PDFs come first of all: a new invoice is mailed with its own.
    """
    if invoice_files.is_pdf(file.path):
        return (-1, file.path.name, file.company)
    tables = list(TABLES)
    table = table_of(file.path)
    return (tables.index(table) if table in tables else len(tables), file.path.name, file.company)
