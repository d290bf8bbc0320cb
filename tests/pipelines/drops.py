"""Files to drop, and the state they lead to."""

from __future__ import annotations

import time
from pathlib import Path

from cartera.config import Settings
from cartera.inbox import QUIET_SECONDS

CLIENTS = "client_id,name\nC-1,Ferretería El Cóndor\nC-2,Ágora\n"
DOCUMENTS = (
    "document_id,client_id,type,number,issue_date,due_date,currency,total\n"
    "D-1,C-1,invoice,FV-1,2026-10-01,2026-10-31,COP,1190000\n"
    "D-2,C-2,invoice,FV-2,2026-11-01,2026-12-01,COP,500000\n"
)


def drop(here: Settings, name: str, text: str = CLIENTS) -> Path:
    """A file that was written this moment."""
    here.inbox.mkdir(parents=True, exist_ok=True)
    path = here.inbox / name
    path.write_text(text, encoding="utf-8")
    return path


def drop_complete(here: Settings, files: dict[str, str]) -> None:
    """Files that nobody has touched for long enough."""
    for name, text in files.items():
        drop(here, name, text)
    time.sleep(QUIET_SECONDS + 0.05)
