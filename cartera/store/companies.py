"""Companies as their people set them up: cartera.toml, and over it what was saved on the page.

Reading is one indexed query, made for every page and message, so that what somebody saves holds
from the next one on. What nobody saved is as `cartera.toml` says.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera import clock
from cartera.config import Company, Settings
from cartera.mail.profile import MailProfile
from cartera.mail.refusal import Refusal
from cartera.people import Person
from cartera.render import logo_check
from cartera.store import audit, setting_rows
from cartera.store import company_fields as fields
from cartera.store.audit import Entry
from cartera.store.company_fields import SettingsRefused, text_name
from cartera.store.db import Store
from cartera.store.schema import company_files, company_settings
from cartera.store.upsert import upsert

__all__ = [
    "Change", "SettingsRefused", "changes_of", "closed_books", "history", "mail_profile", "profile",
    "save", "save_logo", "text", "text_name", "that_mail_invoices",
]  # fmt: skip

LOGO = "logo"
CLOSED = "closed_until"
#: What the audit trail calls a company's settings.
SUBJECT = "settings"
#: Of a text that was changed the trail keeps so many characters.
MOST_TRAILED = 4000
_ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/svg+xml": ".svg"}


@dataclass(frozen=True, slots=True)
class Change:
    """Who saved a setting last, and when."""

    at: datetime
    by: str


def profile(settings: Settings, store: Store, company_id: str | None = None) -> Company:
    """The company as it stands now; `company_id` None means the installation's own."""
    company = settings.company_profile(company_id)
    with store.read() as connection:
        kept = _kept(connection, company.id)
    found = fields.usable(Company, {n: v for n, v in kept.items() if n in fields.COMPANY_FIELDS})
    logo = company.logo and str(settings.root / company.logo)
    if isinstance(kept.get(LOGO), dict):
        logo = _logo_file(settings, store, company.id, kept[LOGO])
    return Company(**{**company.model_dump(), **found, LOGO: logo})


def mail_profile(store: Store, company_id: str) -> MailProfile:
    """How the company writes; `MailProfile.sender` gives the address where none is set."""
    with store.read() as connection:
        kept = _kept(connection, company_id)
    return MailProfile(**fields.usable(MailProfile, kept))


def text(store: Store, company_id: str, kind: str, language: str) -> tuple[str, str] | None:
    """The company's own subject and body for a kind of message; None: nobody wrote one."""
    with store.read() as connection:
        name = text_name(kind, language)
        pair = _kept(connection, company_id, [name]).get(name)
    return None if pair is None else (pair[0], pair[1])


def that_mail_invoices(store: Store) -> list[str]:
    """Companies whose new invoices are mailed by themselves."""
    query = sa.select(company_settings.c.company_id, company_settings.c.value).where(
        company_settings.c.name == "mails_new_invoices"
    )
    with store.read() as connection:
        return sorted(row.company_id for row in connection.execute(query) if row.value is True)


def closed_books(settings: Settings, store: Store) -> dict[str, date]:
    """Companies whose books are closed, with the last day that is."""
    query = sa.select(company_settings.c.company_id, company_settings.c.value).where(
        company_settings.c.name == CLOSED
    )
    with store.read() as connection:
        saved = {row.company_id: row.value for row in connection.execute(query)}
    days = {one.id: one.closed_until for one in settings.companies.values()} | saved
    return {company: date.fromisoformat(day) for company, day in days.items() if day}


def save(
    store: Store,
    company_id: str,
    changes: Mapping[str, Any],
    *,
    by: Person,
    now: datetime,
    company: Company | None = None,
) -> tuple[str, ...]:
    """Save settings by name, all or none; the names of those that really changed.

    None takes a setting back to what cartera.toml, or Cartera, says. `company` is the profile
    that the form was filled from: what equals it is not saved, so that cartera.toml goes on
    deciding it. Raises `SettingsRefused` and `Forbidden`.
    """
    by.must("settings", company_id)
    wanted = fields.checked(changes)
    if (wanted.get(CLOSED) or "") > clock.local(now, _timezone(company)).date().isoformat():
        raise SettingsRefused({CLOSED: Refusal("a day that is still to come cannot be closed")})
    before = MailProfile().model_dump(mode="json") | (
        company.model_dump(mode="json") if company else {}
    )
    with store.write() as connection:
        kept = _kept(connection, company_id, wanted)
        old = {name: kept.get(name, before.get(name)) for name in wanted}
        new = {
            name: value
            for name, value in wanted.items()
            if (name in kept if value is None else value != old[name])
        }
        if new.get("mails_new_invoices"):
            # What came before it was switched on is history, and history is never mailed.
            _put(connection, company_id, fields.SINCE, now.isoformat(), by, now)
        for name, value in new.items():
            _put(connection, company_id, name, value, by, now)
        if new:
            trail = {n: {"old": _clipped(old[n]), "new": _clipped(v)} for n, v in new.items()}
            details = {"changes": trail}
            audit.add(connection, company_id, by.login, "settings.changed", SUBJECT, details, now)
    return tuple(new)


def save_logo(
    store: Store, company_id: str, content: bytes | None, *, by: Person, now: datetime
) -> None:
    """Keep the company's logo; None takes the saved one away. Raises `Refusal`, `Forbidden`."""
    by.must("settings", company_id)
    value: dict[str, str] | None = None
    key = {"company_id": company_id, "name": LOGO}
    row: dict[str, Any] = {}
    if content is not None:
        image = logo_check.checked(content)
        value = {"sha256": hashlib.sha256(content).hexdigest(), "media_type": image.media_type}
        row = {**value, "content": content, "changed_at": now, "changed_by": by.login}
    with store.write() as connection:
        old = _kept(connection, company_id, [LOGO]).get(LOGO)
        if value == old:
            return
        if value is None:
            connection.execute(_delete(company_files, company_id, LOGO))
        else:
            upsert(connection, company_files, key, row)
        _put(connection, company_id, LOGO, value, by, now)
        details = {"changes": {LOGO: {"old": old, "new": value}}}
        audit.add(connection, company_id, by.login, "settings.changed", SUBJECT, details, now)


def history(store: Store, company_id: str, limit: int = 50) -> list[Entry]:
    """Who changed which settings, newest first; `details["changes"]` has old and new by name."""
    return audit.entries(store, company_id, subject=SUBJECT, limit=limit)


def changes_of(store: Store, company_id: str) -> dict[str, Change]:
    """Of each setting that holds by hand: who saved it, and when."""
    table = company_settings.c
    query = sa.select(table.name, table.changed_at, table.changed_by).where(
        table.company_id == company_id
    )
    with store.read() as connection:
        rows = connection.execute(query).all()
    return {row.name: Change(row.changed_at, row.changed_by) for row in rows}


def _kept(
    connection: Connection, company_id: str, names: Iterable[str] | None = None
) -> dict[str, Any]:
    """What is saved of these settings; by default of all but the texts, which are long."""
    table = company_settings.c
    which = table.name.not_like("text.%") if names is None else table.name.in_(list(names))
    query = sa.select(table.name, table.value).where(table.company_id == company_id, which)
    return {row.name: row.value for row in connection.execute(query)}


def _put(
    connection: Connection, company_id: str, name: str, value: Any, by: Person, now: datetime
) -> None:
    if value is None:
        connection.execute(_delete(company_settings, company_id, name))
        return
    setting_rows.put(connection, company_id, name, value, by=by, now=now)


def _delete(table: sa.Table, company_id: str, name: str) -> sa.Delete:
    return sa.delete(table).where(table.c.company_id == company_id, table.c.name == name)


def _timezone(company: Company | None) -> str:
    """The company's; where nobody says which, the first in which a day begins."""
    return company.timezone if company else "Pacific/Kiritimati"


def _clipped(value: Any) -> Any:
    if isinstance(value, list):
        return [_clipped(part) for part in value]
    if isinstance(value, str) and len(value) > MOST_TRAILED:
        return value[:MOST_TRAILED] + "…"
    return value


def _logo_file(settings: Settings, store: Store, company_id: str, about: Mapping[str, str]) -> str:
    """Path of the saved logo on this machine, written there once; "" where that cannot be.

    Its name says what is in it: another logo is another file, and pages never show half of one.
    """
    digest, ending = about.get("sha256", ""), _ENDINGS.get(about.get("media_type", ""), "")
    if not (digest.isalnum() and ending):
        return ""
    path = settings.root / "logos" / f"{digest}{ending}"
    if path.exists():
        return str(path)
    table = company_files.c
    query = sa.select(table.content).where(
        table.company_id == company_id, table.name == LOGO, table.sha256 == digest
    )
    with store.read() as connection:
        row = connection.execute(query).first()
    if row is None:  # changed this very moment; the next page has the new one
        return ""
    try:
        _write_whole(path, row.content)
    except OSError:  # a logo is never a reason to fail
        return ""
    return str(path)


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise
