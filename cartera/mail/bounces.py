"""The mailbox that delivery reports come to: IMAP, or a Maildir on this machine.

A report that settled a message is marked as read; one that fits no message stays unread, for a
person. Nothing is deleted. Reading the same report twice changes nothing.
"""

from __future__ import annotations

import imaplib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Literal

from cartera.config import Settings
from cartera.errors import ConfigError, MailboxUnreachable
from cartera.mail import reports
from cartera.mail.transports.smtp import tls
from cartera.store import reports as store_reports
from cartera.store.db import Store

Found = Literal["bounced", "delayed", "delivered", "repeated", "unmatched"]
PORTS = {"starttls": 143, "tls": 993, "none": 143}
TIMEOUT_SECONDS = 60.0
#: Reports read in one go; the next run goes on.
MOST = 1_000


def has_mailbox(settings: Settings) -> bool:
    """Whether these settings name one."""
    return bool(settings.imap_host or settings.bounce_maildir)


def read_reports(settings: Settings, store: Store, *, now: datetime) -> Counter[Found]:
    """Read what has come and settle messages by it; how many of each."""
    counts: Counter[Found] = Counter()

    def take(raw: bytes) -> bool:
        """Whether the report is done with."""
        report = reports.parse(raw)
        if report is None:
            return False
        outcome = _settle(store, report, now)
        counts[outcome] += 1
        return outcome != "unmatched"

    if not has_mailbox(settings):
        raise ConfigError("no mailbox for delivery reports (CARTERA_IMAP_HOST)")
    if settings.bounce_maildir:
        _read_maildir(Path(settings.bounce_maildir).expanduser(), take)
    if settings.imap_host:
        _read_imap(settings, take)
    return counts


def _settle(store: Store, report: reports.Report, now: datetime) -> Found:
    for public_id in report.public_ids:
        outcome = store_reports.settle(
            store, public_id, report.what,
            reason=report.reason, detail=report.detail, dead=report.dead, now=now,
        )  # fmt: skip
        if outcome != "unmatched":
            return outcome
    return "unmatched"


def _read_maildir(folder: Path, take: Callable[[bytes], bool]) -> None:
    """What is new goes among the read ones, by a rename, once it is done with."""
    if not (folder / "new").is_dir():
        raise MailboxUnreachable(f"{folder} is no Maildir: it has no folder new")
    (folder / "cur").mkdir(exist_ok=True)
    with os.scandir(folder / "new") as entries:
        files = sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    for name in files[:MOST]:
        path = folder / "new" / name
        with suppress(FileNotFoundError):  # somebody else reads this mailbox, too
            with path.open("rb") as file:
                raw = file.read(reports.MOST)
            if take(raw):
                path.replace(folder / "cur" / f"{name.partition(':')[0]}:2,S")


def _read_imap(settings: Settings, take: Callable[[bytes], bool]) -> None:
    with _imap(settings) as server:
        _, found = server.uid("search", "UNSEEN", "HEADER", "Content-Type", "delivery-status")
        for uid in (found[0] or b"").split()[:MOST]:
            # Only so much of it: a report may hold a whole message with its files.
            _, answer = server.uid("fetch", uid.decode(), f"(BODY.PEEK[]<0.{reports.MOST}>)")
            parts = [part[1] for part in answer if isinstance(part, tuple)]
            if parts and take(parts[0]):
                server.uid("store", uid.decode(), "+FLAGS.SILENT", r"(\Seen)")


@contextmanager
def _imap(settings: Settings) -> Iterator[imaplib.IMAP4]:
    """The mailbox, opened; `MailboxUnreachable` in words that hold no password."""
    server: imaplib.IMAP4 | None = None
    try:
        server = _connect(settings)
        server.login(settings.imap_user, settings.imap_password.get_secret_value())
        status, _ = server.select(f'"{settings.imap_folder}"')
        if status != "OK":
            raise MailboxUnreachable(f"it has no folder {settings.imap_folder!r}")
        yield server
    except imaplib.IMAP4.error as error:
        said = error.args[0] if error.args else ""
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise MailboxUnreachable(f"{settings.imap_host}: {words[:200]}") from error
    except OSError as error:
        raise MailboxUnreachable(f"{settings.imap_host}: {error.strerror or error}") from error
    finally:
        if server is not None:
            with suppress(OSError, imaplib.IMAP4.error):
                server.logout()


def _connect(settings: Settings) -> imaplib.IMAP4:
    host, security = settings.imap_host, settings.imap_security
    port = settings.imap_port or PORTS[security]
    if security == "tls":
        return imaplib.IMAP4_SSL(host, port, ssl_context=tls(settings), timeout=TIMEOUT_SECONDS)
    server = imaplib.IMAP4(host, port, timeout=TIMEOUT_SECONDS)
    if security == "starttls":
        server.starttls(tls(settings))
    return server
