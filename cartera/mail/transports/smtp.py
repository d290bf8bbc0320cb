"""A mail server: one conversation, kept open from message to message.

What counts is the last byte. Until the final dot is on its way a message surely was not taken,
whatever goes wrong; from then on only the server's answer says whether it was.
"""

from __future__ import annotations

import smtplib
import socket
import ssl

from cartera.config import Settings
from cartera.mail.addresses import is_plain
from cartera.mail.codes import meaning
from cartera.mail.transports.base import Answer, Parcel

NAME = "smtp"
PORTS = {"starttls": 587, "tls": 465, "none": 25}
CONNECT_SECONDS = 20.0
#: For one answer. Who answers later than this, after the final dot, leaves us in doubt.
ANSWER_SECONDS = 90.0
#: Letters of an answer that are looked at; a hostile server may say megabytes.
MOST = 2_000
#: Answers about us and not about a message: log in first, encrypt first, login refused.
_NOT_LET_IN = frozenset({530, 534, 535, 538})
#: To MAIL: this message is larger than the server takes (RFC 1870).
TOO_LARGE = 552


class Smtp:
    """The transport."""

    name = NAME

    def __init__(self, settings: Settings, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._settings = settings
        self._answer_seconds = answer_seconds
        self._server: smtplib.SMTP | None = None

    def send(self, parcel: Parcel) -> Answer:
        """Hand one message over; a conversation that ended while it was idle is begun again."""
        was_open = self._server is not None
        try:
            answer = self._send(parcel)
        except _Ended as ended:
            self._drop()
            if not was_open and not ended.was_together:
                return Answer("deferred", "unreachable", "the line broke", is_outage=True)
            try:
                # One line at a time: so it is seen which of them it hangs up on.
                answer = self._send(parcel, together=False)
            except _Ended:
                self._drop()
                return Answer("deferred", "unreachable", "the line broke", is_outage=True)
        return answer

    def close(self) -> None:
        """Say goodbye."""
        if self._server is not None:
            try:
                self._server.quit()
            except (OSError, smtplib.SMTPException):
                pass
            finally:
                self._drop()

    def _send(self, parcel: Parcel, *, together: bool = True) -> Answer:
        server = self._server
        if server is None:
            opened = self._open()
            if isinstance(opened, Answer):
                return opened
            server = self._server = opened
        size = f" size={len(parcel.raw)}" if server.has_extn("size") else ""
        sender = f"mail FROM:{_path(parcel.sender)}{size}"
        to = f"rcpt TO:{_path(parcel.to)}"
        # Who can take both at once (RFC 2920) is waited for once. `data` waits for its turn: who
        # hangs up on a recipient with a command unread takes its own answer away.
        together = together and server.has_extn("pipelining")
        try:
            _say(server, *([sender, to] if together else [sender]))
            code, said = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise _Ended(together) from error
        try:
            if code == 250:
                if not together:
                    _say(server, to)
                code, said = server.getreply()
                if code in (250, 251):
                    return self._data(server, parcel)
                return self._refused(server, code, said, at_rcpt=True)
            if together:
                _hear_out(server)
            answer = self._refused(server, code, said)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer("deferred", "deferred", _words(error))
        if answer.what == "refused" and code != TOO_LARGE:
            # It is our sender that it does not take: so it would be with every message.
            return Answer("deferred", "unreachable", answer.detail, is_outage=True)
        return answer

    def _data(self, server: smtplib.SMTP, parcel: Parcel) -> Answer:
        server.putcmd("data")
        code, said = server.getreply()
        if code != 354:
            return self._refused(server, code, said)
        server.send(_dotted(parcel.raw))
        try:
            assert server.sock is not None  # noqa: S101  # it has just sent
            server.sock.sendall(b".\r\n")
        except (ConnectionResetError, BrokenPipeError) as error:  # not one byte of it left
            self._drop()
            return Answer("deferred", "deferred", _words(error))
        except OSError as error:
            self._drop()
            return Answer("unknown", "no_answer", _words(error))
        try:
            code, said = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer("unknown", "no_answer", _words(error))
        if 200 <= code < 300:
            return Answer("accepted", detail=_text(code, said))
        return self._refused(server, code, said)

    def _refused(
        self, server: smtplib.SMTP, code: int, said: bytes, *, at_rcpt: bool = False
    ) -> Answer:
        """What an answer other than yes means; the conversation is ready for the next message."""
        text = _text(code, said)
        if code == 421 or code in _NOT_LET_IN or not 400 <= code < 600:
            self._drop()
        else:
            try:
                server.rset()
            except (OSError, smtplib.SMTPException):
                self._drop()
        if code in _NOT_LET_IN:
            return Answer("deferred", "unreachable", text, is_outage=True)
        if not 500 <= code < 600:
            return Answer("deferred", "deferred", text)
        reason, is_dead = meaning(text) if at_rcpt else ("refused", False)
        return Answer("refused", reason, text, is_dead=is_dead)

    def _open(self) -> smtplib.SMTP | Answer:
        """Connect, encrypt and log in; an `Answer` says why not."""
        settings = self._settings
        port = settings.smtp_port or PORTS[settings.smtp_security]
        server: smtplib.SMTP | None = None
        try:
            context = tls(settings)
            # The certificate is checked against this name.
            host = settings.smtp_host
            if settings.smtp_security == "tls":
                server = smtplib.SMTP_SSL(host, port, timeout=CONNECT_SECONDS, context=context)
            else:
                server = smtplib.SMTP(host, port, timeout=CONNECT_SECONDS)
            if settings.smtp_security == "starttls":
                server.starttls(context=context)
            server.ehlo_or_helo_if_needed()
            if settings.smtp_user and (refused := _login(server, settings)):
                server.close()
                return Answer("deferred", "unreachable", refused, is_outage=True)
            if server.sock is not None:
                server.sock.settimeout(self._answer_seconds)
                # The last dot is a packet of its own: it must not wait 40 ms for the one before.
                server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except (OSError, smtplib.SMTPException) as error:
            if server is not None:
                server.close()
            return Answer("deferred", "unreachable", _words(error), is_outage=True)
        return server

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


class _Ended(Exception):
    """The conversation ended before this message had any part in it."""

    def __init__(self, was_together: bool) -> None:
        super().__init__()
        self.was_together = was_together


def tls(settings: Settings) -> ssl.SSLContext:
    """Certificates are checked, always; `CARTERA_MAIL_CA` names others to trust."""
    return ssl.create_default_context(cafile=settings.mail_ca or None)


def _login(server: smtplib.SMTP, settings: Settings) -> str:
    """Log in; why it was not possible, in words, or "".

    After one refusal the library tries another way, and servers hang up on that.
    """
    try:
        server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    except (OSError, smtplib.SMTPException) as error:
        return f"it does not take our login: {_words(error)}"
    return ""


def _path(address: str) -> str:
    """An address as an envelope has it."""
    return f"<{address}>" if is_plain(address) else smtplib.quoteaddr(address)


def _say(server: smtplib.SMTP, *commands: str) -> None:
    """Send commands in one piece; an address that brings one of its own is refused."""
    if any("\r" in command or "\n" in command for command in commands):
        raise ValueError("a command has more than one line")
    server.send("".join(f"{command}\r\n" for command in commands))


def _hear_out(server: smtplib.SMTP) -> None:
    """The answer to a command that was sent ahead and means nothing any more."""
    try:
        server.getreply()
    except (OSError, smtplib.SMTPException):
        server.close()  # it said no and hung up: what it said counts


def _dotted(raw: bytes) -> bytes:
    """The message without its end: lines that begin with a dot get another (RFC 5321, 4.5.2)."""
    body = raw.replace(b"\n.", b"\n..")
    if body.startswith(b"."):
        body = b"." + body
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def _text(code: int, said: bytes) -> str:
    return f"{code} {said[:MOST].decode('utf-8', 'replace')}"


def _words(error: Exception) -> str:
    """An error in words, without what we said ourselves: a login's answer may repeat it."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return _text(error.smtp_code, said if isinstance(said, bytes) else said.encode())
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "it hung up"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not good: {error.verify_message}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__ if isinstance(error, OSError) else str(error)[:MOST]
