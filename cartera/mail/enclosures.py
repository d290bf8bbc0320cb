"""The files that go along: the statement as PDF and Excel, and an invoice's own PDF."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from cartera import invoice_files
from cartera.config import Settings
from cartera.mail.outgoing import Attachment, Enclosure
from cartera.portfolio import Document
from cartera.render.pdf import to_pdf
from cartera.render.text import clip
from cartera.render.words import Words
from cartera.render.xlsx import write_xlsx
from cartera.statement import Statement

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
LONGEST_NAME = 80
#: What some system gives a meaning to in the name of a file.
_SPECIAL = re.compile(r'[<>:"/\\|?*%$`\';,]+')


class Enclosures:
    """Files of one batch of messages: made once for a client and language, whoever gets them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: dict[tuple[str, str, Enclosure], Attachment] = {}

    def of(self, statement: Statement, wanted: Sequence[Enclosure]) -> list[Attachment]:
        """The statement's files, in the statement's language."""
        files = []
        for form in dict.fromkeys(wanted):
            key = (statement.client.id, statement.language, form)
            if key not in self._made:
                self._made[key] = _file(statement, form)
            files.append(self._made[key])
        return files

    def invoice(self, company_id: str, document: Document, words: Words) -> list[Attachment]:
        """The invoice's PDF where its source gave one."""
        content = invoice_files.of_document(
            self._settings,
            company_id,
            document.document_id,
            document.number,
            shares_number=document.shares_number,
        )
        if content is None:
            return []
        name = f"{words.type(document.type)} {document.number}"
        return [Attachment(_name(name, "pdf"), PDF, content)]


def _file(statement: Statement, form: Enclosure) -> Attachment:
    title = Words.of(statement).title(statement.kind)
    name = _name(f"{title} {statement.client.name} {statement.as_of.isoformat()}", form)
    if form == "pdf":
        return Attachment(name, PDF, to_pdf(statement))
    stream = io.BytesIO()
    write_xlsx(statement, stream)
    return Attachment(name, XLSX, stream.getvalue())


def _name(text: str, ending: str) -> str:
    """A name that every system takes; its accents stay."""
    plain = " ".join(_SPECIAL.sub(" ", clip(text, LONGEST_NAME)).split()).strip(" .")
    return f"{plain or 'cartera'}.{ending}"
