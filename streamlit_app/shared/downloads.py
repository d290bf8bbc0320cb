"""A statement as a file to keep. Served by routes of our own, which check who asks.

Streamlit's download button would put the file where anyone who learns its address can fetch it.
"""

from __future__ import annotations

import io
import re
import unicodedata
from urllib.parse import quote

from starlette.responses import Response

from cartera.i18n import Translator
from cartera.render.pdf import to_pdf
from cartera.render.xlsx import write_xlsx
from cartera.statement import Statement

FORMATS = ("pdf", "xlsx")
_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def file_response(statement: Statement, form: str) -> Response:
    """The statement as `pdf` or `xlsx`."""
    if form == "pdf":
        content = to_pdf(statement)
    else:
        buffer = io.BytesIO()
        write_xlsx(statement, buffer)
        content = buffer.getvalue()
    disposition = f'attachment; filename="{file_name(statement)}.{form}"'
    return Response(content, media_type=_TYPES[form], headers={"Content-Disposition": disposition})


def attachment(content: bytes, name: str, media_type: str, **headers: str) -> Response:
    """A file from outside, kept and never shown: under its own name, whatever letters it has."""
    plain = name.replace("/", "_").replace("\\", "_")[:150]
    disposition = f"attachment; filename*=UTF-8''{quote(plain, safe='')}"
    return Response(
        content, media_type=media_type, headers={"Content-Disposition": disposition, **headers}
    )


def file_name(statement: Statement) -> str:
    """A name that any system can keep: plain letters, the client's name and the day."""
    words = Translator(statement.language, statement.country).t("account statement")
    name = f"{words} {statement.client.name} {statement.as_of.isoformat()}"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()
