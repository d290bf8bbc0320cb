"""A mail server that misbehaves on purpose, as the mailbox's name asks for.

In a thread for tests of one thing; `python -m tests.mail.servers PORT LOG` is a process of its
own, which writes a line for every message that it took, before it says so.

Before the @ (a number may follow after a dot): `nobody` is not there, `full` takes no more,
`spam` is refused with the whole message, `never` is put off every time; `slow` answers late. The
first time only: `grey` is put off, `later` after the whole message, `busy` with 421 and the end of
the conversation, `hangs` is cut off at RCPT. `cut` is cut off at the end, the message taken and
not answered; `lost` the same, the message not taken.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.ports import free_port

SLOW_SECONDS = 0.05
LOGIN = ("cartera", "a secret of the mail server")


class Post:
    """What arrived, and what was asked for."""

    def __init__(self, log: Path | None = None, *, together: bool = False) -> None:
        self.taken: list[tuple[str, str, bytes]] = []
        self.asked: Counter[str] = Counter()
        self.conversations = 0
        #: Whether it says that it takes commands together (RFC 2920).
        self._together = together
        self._log = None if log is None else log.open("a", encoding="utf-8")

    def messages(self) -> list[EmailMessage]:
        return [
            email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[misc]
            for _, _, raw in self.taken
        ]

    def take(self, sender: str, to: str, raw: bytes) -> None:
        if self._log is None:
            self.taken.append((sender, to, raw))
        else:
            head = raw[:4000].decode("ascii", "replace")
            id_ = head.split("X-Cartera-Message: ", 1)[1].split("\r\n", 1)[0].strip()
            self._log.write(f"{id_} {to}\n")
            self._log.flush()

    async def handle_EHLO(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.conversations += 1
        session.host_name = hostname
        return [responses[0], *(["250-PIPELINING"] if self._together else []), *responses[1:]]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        match kind(address):
            case "forbidden":
                return "550 5.7.1 You may not send as this address"
            case "large":
                return "552 5.3.4 Message too big for system"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked[address] += 1
        is_first = self.asked[address] == 1
        match kind(address):
            case "nobody":
                return "550 5.1.1 No such user here"
            case "full":
                return "552 5.2.2 Mailbox full"
            case "grey" if is_first:
                return "450 4.2.0 Greylisted, try again later"
            case "never":
                return "451 4.3.0 Not now"
            case "busy" if is_first:
                return "421 4.7.0 Too busy"
            case "hangs" if is_first:
                server.transport.abort()
            case "slow":
                await asyncio.sleep(SLOW_SECONDS)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        to = envelope.rcpt_tos[0]
        content = envelope.content
        assert isinstance(content, bytes)
        match kind(to):
            case "spam":
                return "554 5.7.1 We do not like this"
            case "later" if self.asked[to] == 1:
                return "451 4.7.0 Later"
            case "lost":
                server.transport.abort()
                return "250 nobody hears this"
            case "slow":
                await asyncio.sleep(SLOW_SECONDS)
        self.take(envelope.mail_from or "", to, content)
        if kind(to) == "cut":
            server.transport.abort()
        return "250 OK queued"


def kind(address: str) -> str:
    return address.partition("@")[0].partition(".")[0]


@contextmanager
def mail_server(
    *, post: Post | None = None, tls: ssl.SSLContext | None = None, login: bool = False
) -> Iterator[tuple[int, Post]]:
    """A server on a port of its own; with `tls` it takes nothing before STARTTLS."""
    post = post or Post()
    options: dict[str, Any] = {}
    if tls is not None:
        options |= {"tls_context": tls, "require_starttls": True}
    if login:
        options |= {"authenticator": _authenticate, "auth_required": True}
    controller = Controller(post, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port, post
    finally:
        controller.stop()


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    assert isinstance(data, LoginPassword)
    given = (data.login.decode(), data.password.decode())
    # not handled: the library says 535 itself; else nobody would, and the client waits
    return AuthResult(success=given == LOGIN, handled=False)


def main() -> None:
    port, log = int(sys.argv[1]), Path(sys.argv[2])
    controller = Controller(Post(log, together=True), hostname="127.0.0.1", port=port)
    controller.start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
