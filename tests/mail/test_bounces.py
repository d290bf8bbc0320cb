"""Delivery reports: what they say, of which message, and nothing that a hostile one wants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cartera.config import Settings
from cartera.errors import ConfigError, MailboxUnreachable
from cartera.mail import bounces, reports
from cartera.store import links, outbox, stopped
from cartera.store import reports as store_reports
from cartera.store.db import Store
from tests.mail import dovecot
from tests.mail.certificates import certificate
from tests.mail.dsn import report
from tests.people import ANA
from tests.store.mails import NOW, put, queued
from tests.stores import new_store

ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """An empty Maildir."""
    folder = tmp_path / "mail"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    return folder


@pytest.fixture
def settings(tmp_path: Path, box: Path) -> Settings:
    return Settings(home=tmp_path / "home", bounce_maildir=str(box))


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = new_store(settings)
    yield opened
    opened.close()


def sent(store: Store, state: str = "sent", **changes: Any) -> str:
    (public_id,) = queued(store, address="ana@x.co", **changes)
    put(store, public_id, state=state, sent_at=NOW)
    return public_id


def to(public_id: str) -> str:
    return f"rebotes+{public_id}@empresa.co"


def read(settings: Settings, store: Store) -> dict[str, int]:
    return dict(bounces.read_reports(settings, store, now=NOW + timedelta(hours=1)))


def outcome(store: Store, public_id: str) -> tuple[str, str]:
    message = outbox.get(store, "main", public_id)
    return message.state, message.reason


NOBODY = ("bounced", "no_such_address")


@pytest.mark.parametrize(
    ("said", "outcome_", "is_dead"),
    [
        ({}, NOBODY, True),
        ({"status": "5.0.0", "diagnostic": "550 5.1.1 unknown"}, NOBODY, True),
        ({"status": "5.0.0", "diagnostic": "550 no such user"}, NOBODY, True),
        ({"status": "5.2.2", "diagnostic": "552 full"}, ("bounced", "mailbox_full"), False),
        ({"status": "5.7.1", "diagnostic": "554 spam"}, ("bounced", "refused"), False),
        ({"status": "5.1.8", "diagnostic": "550 bad sender"}, ("bounced", "refused"), False),
        ({"status": "4.4.7", "diagnostic": "delivery time expired"}, ("bounced", "gave_up"), False),
        ({"status": "", "diagnostic": ""}, ("bounced", "refused"), False),
        ({"action": "delayed", "status": "4.4.1"}, ("sent", ""), False),
        ({"action": "Delivered", "status": "2.0.0"}, ("delivered", ""), False),
        ({"recipient": "somebody@else.co"}, NOBODY, False),
    ],
)  # fmt: skip
def test_what_a_report_says(
    settings: Settings, store: Store, box: Path, said: dict[str, str],
    outcome_: tuple[str, str], is_dead: bool,
) -> None:  # fmt: skip
    public_id = sent(store)
    (box / "new" / "1.x").write_bytes(report(to=to(public_id), **said))
    counts = read(settings, store)
    assert sum(counts.values()) == 1
    assert outcome(store, public_id) == outcome_
    assert bool(stopped.stopped(store, "main", ["ana@x.co"])) == is_dead
    # it is read, and not looked at again
    assert [path.name for path in (box / "cur").iterdir()] == ["1.x:2,S"]
    assert read(settings, store) == {}


@pytest.mark.parametrize(
    ("headers", "returned"),
    [
        ("X-Cartera-Message: {id}\nSubject: x", "text/rfc822-headers"),
        ("Message-ID: <{id}@empresa.co>\nSubject: x", "message/rfc822"),
    ],
)
def test_found_by_what_it_returns(
    settings: Settings, store: Store, box: Path, headers: str, returned: str
) -> None:
    public_id = sent(store)
    raw = report(headers=headers.format(id=public_id), returned=returned)
    (box / "new" / "1").write_bytes(raw.replace(b"\n", b"\r\n"))
    assert read(settings, store) == {"bounced": 1}
    assert outcome(store, public_id) == ("bounced", "no_such_address")


def test_the_same_report_twice_changes_nothing(settings: Settings, store: Store, box: Path) -> None:
    public_id = sent(store)
    for name in ("1", "2"):
        (box / "new" / name).write_bytes(report(to=to(public_id)))
    assert read(settings, store) == {"bounced": 1, "repeated": 1}
    events = [event.what for event in outbox.events(store, "main", public_id)]
    assert events == ["queued", "bounced"]


def test_a_message_sent_again_can_bounce_again(settings: Settings, store: Store, box: Path) -> None:
    public_id = sent(store)
    (box / "new" / "1").write_bytes(report(to=to(public_id)))
    read(settings, store)
    outbox.retry(store, "main", [public_id], by=ANA, now=NOW)
    with store.write() as connection:
        id_ = outbox.get(store, "main", public_id).id
        outbox.note(connection, [id_], "sending", "smtp", "", NOW)
    put(store, public_id, state="sent")
    (box / "new" / "2").write_bytes(report(to=to(public_id)))
    assert read(settings, store) == {"bounced": 1}


def test_a_report_on_what_is_about_to_be_sent_again_settles_nothing(
    settings: Settings, store: Store, box: Path
) -> None:
    public_id = sent(store, state="waiting")
    (box / "new" / "1").write_bytes(report(to=to(public_id), action="delivered"))
    read(settings, store)
    assert outcome(store, public_id) == ("waiting", "")


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_a_report_settles_doubt(settings: Settings, store: Store, box: Path, state: str) -> None:
    public_id = sent(store, state=state)
    (box / "new" / "1").write_bytes(report(to=to(public_id), action="delivered"))
    assert read(settings, store) == {"delivered": 1}
    assert outcome(store, public_id) == ("delivered", "")


def test_what_fits_nothing_is_left_for_a_person(
    settings: Settings, store: Store, box: Path
) -> None:
    (box / "new" / "1").write_bytes(report(to=to(ID)))
    (box / "new" / "2").write_bytes(report(to="rebotes@empresa.co"))
    (box / "new" / "3").write_bytes(b"From: ana@x.co\nSubject: Hola\n\nGracias\n")
    (box / "new" / "4").symlink_to("/etc/passwd")
    assert read(settings, store) == {"unmatched": 2}
    assert sorted(path.name for path in (box / "new").iterdir()) == ["1", "2", "3", "4"]


HOSTILE = {
    "empty": b"",
    "no parts": b"Content-Type: multipart/report; report-type=delivery-status\n\nx",
    "binary": bytes(range(256)) * 50,
    "nested": b"".join(
        b'Content-Type: multipart/report; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3000)
    ),
    "status is a message": report(to=to(ID)).replace(
        b"\n\nReporting-MTA", b"\n\n\n\nReporting-MTA"
    ),
    "odd encodings": report(to=to(ID)).replace(
        b"Status: 5.1.1", b"Status: =?x-none?b?####?=\nContent-Transfer-Encoding: x"
    ),
    "endless header": report(to=to(ID), diagnostic="smtp; " + "5." * 200_000),
    "unknown action": report(to=to(ID), action="explode"),
    "null bytes": report(to=to(ID), diagnostic="\x00\x1b[31m"),
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mail_does_no_harm(settings: Settings, store: Store, box: Path, raw: bytes) -> None:
    public_id = sent(store)
    (box / "new" / "1").write_bytes(raw)
    (box / "new" / "2").write_bytes(report(to=to(public_id)))
    assert read(settings, store)["bounced"] == 1
    assert outcome(store, public_id) == ("bounced", "no_such_address")


def test_what_it_says_is_kept_harmless_and_short(
    settings: Settings, store: Store, box: Path
) -> None:
    public_id = sent(store)
    said = "smtp; 550 \x1b[31m" + "x" * 100_000
    (box / "new" / "1").write_bytes(report(to=to(public_id), diagnostic=said))
    read(settings, store)
    detail = outbox.events(store, "main", public_id)[-1].detail
    assert detail.isprintable()
    assert len(detail) == outbox.LONGEST_DETAIL


def test_only_a_report_is_one() -> None:
    assert reports.parse(report(to=to(ID))) is not None
    plain = report(to=to(ID)).replace(b"multipart/report", b"multipart/mixed")
    assert reports.parse(plain) is None


def test_an_opened_link_proves_that_an_unknown_one_arrived(store: Store) -> None:
    opened, closed = queued(store, 2)
    for public_id in (opened, closed):
        link = links.create(store, company_id="main", client_id="C1", days=3, by=ANA, now=NOW).link
        put(store, public_id, state="unknown", link_id=link.public_id)
        if public_id == opened:
            links.count_opens(store, {link.public_id: 1}, NOW)
    assert store_reports.settle_opened(store, NOW) == 1
    assert store_reports.settle_opened(store, NOW) == 0
    assert outcome(store, opened) == ("delivered", "")
    assert outcome(store, closed)[0] == "unknown"


def test_without_a_mailbox_it_says_so(tmp_path: Path, store: Store, settings: Settings) -> None:
    with pytest.raises(ConfigError, match="CARTERA_IMAP_HOST"):
        read(Settings(home=tmp_path), store)
    with pytest.raises(MailboxUnreachable, match="no Maildir"):
        read(Settings(home=tmp_path, bounce_maildir=str(tmp_path / "none")), store)


@pytest.fixture(scope="module")
def imap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path, Path]]:
    """Port, Maildir and certificate of a real IMAP server."""
    pem, key = certificate(tmp_path_factory.mktemp("tls"))
    try:
        with dovecot.imap_server(pem, key) as (port, mail):
            yield port, mail, pem
    except dovecot.Missing as missing:
        pytest.skip(str(missing))


def by_imap(tmp_path: Path, imap: tuple[int, Path, Path], **changes: Any) -> Settings:
    port, _, pem = imap
    values: dict[str, Any] = {
        "home": tmp_path / "home", "imap_host": "127.0.0.1", "imap_port": port,
        "imap_user": dovecot.USER, "imap_password": dovecot.PASSWORD, "mail_ca": str(pem),
    }  # fmt: skip
    return Settings(**(values | changes))


def test_a_real_imap_mailbox(tmp_path: Path, imap: tuple[int, Path, Path], store: Store) -> None:
    settings = by_imap(tmp_path, imap)
    _, mail, _ = imap
    public_id = sent(store)
    dovecot.drop(mail, "1.a", report(to=to(public_id)))
    dovecot.drop(mail, "2.b", report(to=to(ID)))
    dovecot.drop(mail, "3.c", b"From: ana@x.co\nSubject: delivery-status?\n\nHola\n")
    assert read(settings, store) == {"bounced": 1, "unmatched": 1}
    assert outcome(store, public_id) == ("bounced", "no_such_address")
    # the one that is done with is read; the others are as unread as before
    assert read(settings, store) == {"unmatched": 1}
    flags = {p.name[0]: p.name.partition(":2,")[2] for p in (mail / "cur").iterdir()}
    assert "S" in flags["1"]
    assert "S" not in flags.get("2", "") and "S" not in flags.get("3", "")


@pytest.mark.parametrize(
    "wrong", [{"imap_password": "guessed wrong"}, {"imap_folder": "Nada"}, {"mail_ca": ""},
              {"imap_port": 1}],
    ids=["password", "folder", "certificate", "port"],
)  # fmt: skip
def test_a_mailbox_that_cannot_be_read_says_why(
    tmp_path: Path, imap: tuple[int, Path, Path], store: Store, wrong: dict[str, Any]
) -> None:
    with pytest.raises(MailboxUnreachable) as said:
        read(by_imap(tmp_path, imap, **wrong), store)
    assert "guessed" not in str(said.value)
    assert dovecot.PASSWORD not in str(said.value)
