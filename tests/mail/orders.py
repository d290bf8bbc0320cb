"""Orders and letters for tests: sensible defaults, so that a test shows only what matters to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cartera.config import Company
from cartera.mail import layout, texts
from cartera.mail.compose import Composed
from cartera.mail.letter import Letter, letter
from cartera.mail.outgoing import Attachment, Order
from cartera.portfolio import Document
from cartera.statement import Statement
from tests.factories import AS_OF, COMPANY, make_statement

LINK = "https://cuentas.nandu.example/e/" + "t" * 43


def make_company(**fields: Any) -> Company:
    """The company of `tests.factories`."""
    names = ("id", "name", "tax_id", "address", "phone", "email", "website")
    given = {name: getattr(COMPANY, name) for name in names}
    return Company(**(given | fields))


def make_order(**fields: Any) -> Order:
    """A statement in Spanish; `content` may be given by its fields."""
    kind, language = fields.get("kind", "statement"), fields.get("language", "es")
    content = replace(texts.default(kind, language), **fields.pop("content", {}))
    given: dict[str, Any] = {
        "kind": kind,
        "client_id": "C-001",
        "contact": "Marta Lucía",
        "address": "pagos@condor.example",
        "language": language,
        "content": content,
        "link": LINK,
    }
    return Order(**(given | fields))


def make_letter(
    statement: Statement | None = None,
    document: Document | None = None,
    company: Company | None = None,
    **fields: Any,
) -> Letter:
    """The letter of an order over a statement with one open invoice."""
    account = statement or make_statement()
    return letter(company or make_company(), make_order(**fields), account, document)


def make_composed(*attachments: Attachment, **fields: Any) -> Composed:
    """A message as the composer gives it."""
    made = make_letter(**fields)
    return Composed(
        subject=made.subject,
        text=layout.text(made),
        html=layout.html(made),
        attachments=attachments,
        as_of=AS_OF,
        publication_id=1,
    )
