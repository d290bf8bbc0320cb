"""The conversation with a mail server: certificates, logging in, and what is never said."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from cartera.config import Settings
from cartera.errors import ConfigError
from cartera.mail.codes import meaning
from cartera.mail.transports.base import Answer, Parcel
from cartera.mail.transports.smtp import Smtp
from tests.mail.certificates import certificate
from tests.mail.servers import LOGIN, Post, mail_server

PARCEL = Parcel(
    "main", "0" * 32, "cartera@empresa.co", "ana@x.co", b"Subject: Hola\r\n\r\n.\r\nuno\r\n"
)


@dataclass
class Office:
    """A server with a certificate of its own, which wants to be logged in to."""

    port: int
    post: Post
    pem: Path

    def send(self, parcel: Parcel = PARCEL, **changes: Any) -> Answer:
        values: dict[str, Any] = {
            "smtp_host": "localhost", "smtp_port": self.port, "smtp_user": LOGIN[0],
            "smtp_password": LOGIN[1], "mail_ca": str(self.pem),
        }  # fmt: skip
        transport = Smtp(Settings(**(values | changes)), answer_seconds=5)
        try:
            return transport.send(parcel)
        finally:
            transport.close()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    pem, key = certificate(tmp_path_factory.mktemp("tls"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, key)
    with mail_server(tls=context, login=True) as (port, post):
        yield Office(port, post, pem)


def test_encrypted_and_logged_in(office: Office) -> None:
    office.post.taken.clear()
    assert office.send().what == "accepted"
    ((sender, to, raw),) = office.post.taken
    assert (sender, to) == (PARCEL.sender, PARCEL.to)
    assert raw == PARCEL.raw


def test_a_sender_that_the_server_does_not_take_is_no_fault_of_the_message(office: Office) -> None:
    """It would refuse them all: they wait until somebody puts the address right."""
    answer = office.send(replace(PARCEL, sender="forbidden@empresa.co"))
    assert (answer.what, answer.is_outage) == ("deferred", True)
    assert "You may not send" in answer.detail
    answer = office.send(replace(PARCEL, sender="large@empresa.co"))
    assert (answer.what, answer.is_outage) == ("refused", False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mail_ca": ""}, "certificate"),
        ({"smtp_password": "guessed wrong"}, "login: 535"),
        ({"smtp_user": ""}, "530"),
        ({"smtp_user": "", "smtp_security": "none", "smtp_host": "127.0.0.1"}, "530"),
        ({"smtp_port": 1}, "refused"),
        ({"smtp_host": "there.is.no.such.host.invalid"}, ""),
        ({"smtp_security": "tls"}, ""),
    ],
    ids=["certificate", "password", "no login", "no encryption", "port", "host", "wrong protocol"],
)
def test_a_server_that_does_not_let_us_in_is_an_outage(
    office: Office, changes: dict[str, Any], words: str
) -> None:
    """It is not the message's fault: it waits, and nothing was taken."""
    office.post.taken.clear()
    answer = office.send(**changes)
    assert (answer.what, answer.is_outage) == ("deferred", True)
    assert words in answer.detail.lower()
    assert "guessed" not in repr(answer)
    assert LOGIN[1] not in repr(answer)
    assert office.post.taken == []


def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    pem, key = certificate(tmp_path, host="mail.other.example")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, key)
    with mail_server(tls=context) as (port, post):
        answer = Office(port, post, pem).send(smtp_user="")
    assert answer.is_outage
    assert "certificate" in answer.detail


@pytest.mark.parametrize(
    ("text", "reason", "is_dead"),
    [
        ("550 5.1.1 no such user", "no_such_address", True),
        ("550-5.1.1 The email account does not exist", "no_such_address", True),
        ("550 5.2.1 disabled", "no_such_address", True),
        ("552 5.2.2 over quota", "mailbox_full", False),
        ("550 5.1.8 sender rejected", "refused", False),
        ("550 5.7.1 for 192.5.1.1: blocked", "refused", False),
        ("550 User unknown", "no_such_address", True),
        ("550 Requested action not taken", "refused", False),
        ("554 5.0.0 go away", "refused", False),
        ("", "refused", False),
    ],
)  # fmt: skip
def test_what_a_refusal_says_of_the_address(text: str, reason: str, is_dead: bool) -> None:
    assert meaning(text) == (reason, is_dead)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mail": "smtp"},
        {"smtp_host": "mail.empresa.co", "smtp_user": "x", "smtp_security": "none"},
        {"imap_host": "mail.empresa.co", "imap_user": "x", "imap_security": "none"},
        {"bounce_address": "rebotes"},
        {"bounce_address": "rebotes+x@empresa.co"},
        {"mail": "pigeon"},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(
    wrong: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cartera.config import settings

    for name, value in wrong.items():
        monkeypatch.setenv(f"CARTERA_{name.upper()}", value)
    monkeypatch.setenv("CARTERA_SMTP_PASSWORD", "very secret")
    with pytest.raises(ConfigError) as refused:
        settings()
    assert "very secret" not in str(refused.value)
