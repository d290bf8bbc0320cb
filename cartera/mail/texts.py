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
from cartera.mail.outgoing import Content, Enclosure, Kind
from cartera.mail.profile import MailProfile
from cartera.render.templates import templates_dir
from cartera.store import companies
from cartera.store.db import Store

#: The kinds of message that have a text; the others of `Kind` come with what sends them.
KINDS: tuple[Kind, ...] = ("statement", "invoice")


@lru_cache(maxsize=16)
def default(kind: Kind, language: str) -> Content:
    """Subject and body of a kind in a language (`es` or `en`). Raises `UsageError`."""
    if kind not in KINDS or language not in LANGUAGES:
        raise UsageError(f"there is no text for {kind!r} in {language!r}")
    folder = templates_dir() / "mail" / kind / language
    return Content(
        subject=clean.subject((folder / "subject.txt").read_text(encoding="utf-8")),
        body=clean.body((folder / "body.html").read_text(encoding="utf-8")),
        statement=kind != "invoice",
    )


def content(
    kind: Kind, language: str, kept: Mapping[str, str] | tuple[str, str] | None = None
) -> Content:
    """The default, with what was kept (subject and body, as a pair or by name) in its place."""
    found = default(kind, language)
    own = dict(zip(("subject", "body"), kept, strict=True)) if isinstance(kept, tuple) else kept
    own = own or {}
    return replace(
        found, subject=own.get("subject") or found.subject, body=own.get("body") or found.body
    )


def of(store: Store, company_id: str, kind: Kind, language: str) -> Content:
    """What a company's messages of this kind say, with the files and blocks it sends by itself."""
    own = companies.text(store, company_id, kind, language)
    found = content(kind, language, own)
    return with_switches(found, kind, companies.mail_profile(store, company_id))


def with_switches(content: Content, kind: Kind, profile: MailProfile) -> Content:
    """The content with the company's switches: which files go along, whether the account does."""
    wanted = {"pdf": profile.attaches_pdf, "xlsx": profile.attaches_xlsx}
    return replace(
        content,
        enclosures=tuple(form for form in get_args(Enclosure) if wanted[form]),
        statement=profile.statement_in_invoices if kind == "invoice" else content.statement,
    )
