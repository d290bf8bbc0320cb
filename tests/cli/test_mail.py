"""`cartera mail`: the outbox from a shell."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cartera.config import Settings
from cartera.mail.outgoing import Content, Draft
from cartera.people import operator
from cartera.store import companies, outbox
from cartera.store.db import Store, open_store
from tests.mail.dsn import report

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HERE = operator("main")


@pytest.fixture
def store(cartera):
    """A store with three messages, the last of them sent and in doubt."""
    store = open_store(Settings(home=cartera.home))
    drafts = [
        Draft(f"k{n}", "statement", f"C{n}", f"c{n}@x.co", content=Content("Su cuenta", ""))
        for n in range(3)
    ]
    outbox.queue(store, "main", drafts, by=HERE, now=NOW)
    yield store
    store.close()


def ids(store: Store) -> list[str]:
    return [m.public_id for m in reversed(outbox.list_messages(store, "main"))]


def put(store: Store, public_id: str, state: str) -> None:
    from tests.store.mails import put

    put(store, public_id, state=state)


def test_list_show_and_status(cartera, store):
    first, second, third = ids(store)
    put(store, second, "failed")
    listed = cartera.json("mail", "list")
    assert [row["message"] for row in listed] == [third, second, first]
    assert [row["message"] for row in cartera.json("mail", "list", "--state", "failed")] == [second]
    assert cartera.json("mail", "list", "--text", "c2@x")[0]["address"] == "c2@x.co"
    shown = cartera("mail", "show", first).data
    assert (shown["state"], shown["events"][0]["what"]) == ("waiting", "queued")
    status = cartera.json("mail", "status")
    assert status["messages"] == {"waiting": 2, "failed": 1}
    assert status["transport"] == "off"


def test_acts_say_how_many_and_fail_where_they_could_not(cartera, store):
    first, second, third = ids(store)
    assert cartera("mail", "cancel", first, second).out == "2 of 2 changed\n"
    assert cartera("mail", "retry", first).out == "1 of 1 changed\n"
    put(store, third, "unknown")
    assert cartera("mail", "confirm", third).code == 0
    assert outbox.get(store, "main", third).state == "sent"
    done = cartera("mail", "cancel", third)
    assert (done.code, done.out) == (1, "0 of 1 changed\n")
    assert "not in a state" in done.err
    nobody = cartera("mail", "cancel", "0" * 32)
    assert nobody.code == 1
    assert "no message" in nobody.err


@pytest.mark.parametrize(
    "wrong", [("list", "--state", "gone"), ("list", "--kind", "letter")], ids=["state", "kind"]
)
def test_wrong_use_is_said_in_words(cartera, store, wrong):
    done = cartera("mail", *wrong)
    assert done.code == 2
    assert "takes one of" in done.err


def test_sending_while_mail_is_off_says_so(cartera, store):
    done = cartera("mail", "send")
    assert done.code == 1
    assert "switched off" in done.err
    assert outbox.counts(store, "main")["waiting"] == 3


def test_sent_from_the_shell_with_what_was_loaded(loaded):
    """To a folder, with real figures; then read back as it went."""
    store = open_store(Settings(home=loaded.home))
    companies.save(store, "main", {"email": "cartera@empresa.co"}, by=HERE, now=NOW)
    draft = Draft(
        "k", "statement", "C2", "c2@x.co", content=Content("Saldo {saldo}", "<p>Hola</p>")
    )
    (public_id,) = outbox.queue(store, "main", [draft], by=HERE, now=NOW)
    done = loaded("mail", "send", "--format", "json", CARTERA_MAIL="folder")
    assert done.data == [{"result": "sent", "messages": 1}]
    shown = loaded("mail", "show", public_id, "--as-sent").out
    assert "Subject: Saldo" in shown
    assert "not-kept" in shown
    store.close()


def test_reports(cartera, store, tmp_path):
    first = ids(store)[0]
    put(store, first, "sent")
    (tmp_path / "mail" / "new").mkdir(parents=True)
    raw = report(to=f"rebotes+{first}@empresa.co", recipient="c0@x.co")
    (tmp_path / "mail" / "new" / "1").write_bytes(raw)
    done = cartera("mail", "bounces", CARTERA_BOUNCE_MAILDIR=str(tmp_path / "mail"))
    assert done.code == 0
    assert "bounced" in done.out
    assert "CARTERA_IMAP_HOST" in cartera("mail", "bounces").err
