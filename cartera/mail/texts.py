"""What messages say when nobody wrote anything else: `templates/mail/<kind>/<language>`.

A company's own texts, saved on its settings page, come before these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import get_args

from cartera.errors import UsageError
from cartera.i18n import LANGUAGES
from cartera.mail import clean
from cartera.mail.outgoing import TEXT_KINDS, Content, Enclosure, Kind, TextKind
from cartera.mail.profile import MailProfile
from cartera.reminders.rules import Level
from cartera.render.templates import templates_dir
from cartera.store import companies, reminder_policy
from cartera.store.db import Store

#: The kinds of message that have a text; the others of `Kind` come with what sends them.
KINDS: tuple[TextKind, ...] = TEXT_KINDS
REMINDER = "reminder-"


@lru_cache(maxsize=16)
def default(kind: Kind | TextKind, language: str) -> Content:
    """Subject and body of a kind in a language (`es` or `en`). Raises `UsageError`."""
    if kind not in KINDS or language not in LANGUAGES:
        raise UsageError(f"there is no text for {kind!r} in {language!r}")
    level = level_of(kind)
    place = f"reminder/{level}" if level else kind
    folder = templates_dir() / "mail" / place / language
    return Content(
        subject=clean.subject((folder / "subject.txt").read_text(encoding="utf-8")),
        body=clean.body((folder / "body.html").read_text(encoding="utf-8")),
        statement=kind not in ("invoice", "access"),
        level=level,
    )


def content(
    kind: Kind | TextKind, language: str, kept: Mapping[str, str] | tuple[str, str] | None = None
) -> Content:
    """The default, with what was kept (subject and body, as a pair or by name) in its place."""
    found = default(kind, language)
    own = dict(zip(("subject", "body"), kept, strict=True)) if isinstance(kept, tuple) else kept
    own = own or {}
    return replace(
        found, subject=own.get("subject") or found.subject, body=own.get("body") or found.body
    )


def of(store: Store, company_id: str, kind: Kind | TextKind, language: str) -> Content:
    """What a company's messages of this kind say, with the files and blocks it sends by itself."""
    own = companies.text(store, company_id, kind, language)
    found = content(kind, language, own)
    if level_of(kind):
        policy = reminder_policy.policy(store, company_id)
        return replace(found, enclosures=policy.enclosures, statement=policy.statement)
    if kind == "access":  # a link and no figures: whoever asks may not be who they say
        return found
    return with_switches(found, kind, companies.mail_profile(store, company_id))


def of_level(level: Level) -> TextKind:
    """The words of a reminder's level."""
    kind: TextKind = f"reminder-{level}"  # type: ignore[assignment]  # a name for every level
    return kind


def level_of(kind: str) -> str:
    """The level that these words are of; empty where they are no reminder's."""
    return kind.removeprefix(REMINDER) if kind.startswith(REMINDER) else ""


def kind_of(kind: Kind | TextKind) -> Kind:
    """The kind of message that these words are of."""
    return "reminder" if level_of(kind) else kind  # type: ignore[return-value]


def with_switches(content: Content, kind: str, profile: MailProfile) -> Content:
    """The content with the company's switches: which files go along, whether the account does."""
    wanted = {"pdf": profile.attaches_pdf, "xlsx": profile.attaches_xlsx}
    return replace(
        content,
        enclosures=tuple(form for form in get_args(Enclosure) if wanted[form]),
        statement=profile.statement_in_invoices if kind == "invoice" else content.statement,
    )
