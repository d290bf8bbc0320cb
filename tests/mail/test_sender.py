"""The sender against a real mail server, message by message: what becomes of each."""

from __future__ import annotations

import binascii
import email
import email.policy
import re
import threading
from datetime import timedelta
from typing import Any

import pytest

from cartera.mail import backoff, envelope, sender
from cartera.mail.batch import GROUP
from cartera.mail.sender import Sender
from cartera.reminders.rules import Policy
from cartera.store import (
    links,
    mailings,
    outbox,
    reminder_policy,
    stopped,
)
from tests.mail.desk import HERE, Desk
from tests.mail.letters import PlainComposer
from tests.people import ANA
from tests.store.mails import CONTENT, NOW, a_draft, put


def test_sent_with_everything_that_servers_go_by(desk: Desk) -> None:
    (public_id,) = desk.queue("ana@x.co", contact="Ana Gómez, S.A.")
    assert desk.run().counts == {"sent": 1}
    message = desk.message(public_id)
    assert (message.state, message.transport, message.attempts) == ("sent", "smtp", 1)
    assert (message.sent_at, message.publication_id) == (NOW, 7)
    assert desk.whats(public_id) == ["queued", "sending", "accepted"]
    ((envelope_from, envelope_to, _),) = desk.post.taken
    assert (envelope_from, envelope_to) == ("cartera@empresa.co", "ana@x.co")
    (mail,) = desk.post.messages()
    assert mail["From"] == '"Empresa Ejemplar S.A.S." <cartera@empresa.co>'
    assert mail["To"] == '"Ana Gómez, S.A." <ana@x.co>'
    assert mail["Message-ID"] == f"<{public_id}@empresa.co>" == message.rfc_message_id
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Cartera-Message"] == public_id
    assert mail["Subject"] == message.subject == f"{CONTENT.subject} C1"
    assert mail["List-Unsubscribe"] is None


def test_the_link_works_and_its_secret_is_kept_nowhere(desk: Desk) -> None:
    (public_id,) = desk.queue("ana@x.co")
    desk.run()
    (mail,) = desk.post.messages()
    body = mail.get_body(("plain",))
    assert body is not None
    token = re.search(r"/e/(\S+)", body.get_content())[1]  # type: ignore[index]
    link = links.by_token(desk.store, token)
    assert link is not None
    assert link.public_id == desk.message(public_id).link_id
    assert (link.client_id, link.contact, link.created_by) == ("C1", "ana@x.co", "ana")
    assert link.expires_at == NOW + timedelta(days=30)
    kept = outbox.kept(desk.store, "main", public_id)
    assert kept is not None
    as_kept = email.message_from_bytes(kept, policy=email.policy.default)
    for part in as_kept.walk():
        if not part.is_multipart():
            assert token not in str(part.get_content())
    assert "/e/----" in as_kept.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    names = [part.get_filename() for part in as_kept.iter_attachments()]  # type: ignore[attr-defined]
    assert names == ["Estado de cuenta.pdf"]
    everything = b"".join(path.read_bytes() for path in desk.settings.root.glob("store.sqlite*"))
    assert token.encode() not in everything


def test_lines_that_begin_with_a_dot_arrive(desk: Desk) -> None:
    desk.queue("ana@x.co")
    desk.run()
    body = desk.post.messages()[0].get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines()[:2] == [".Hola Cliente 1", "."]


@pytest.mark.parametrize(
    ("mailbox", "outcome", "is_dead"),
    [
        ("nobody", ("failed", "no_such_address"), True),
        ("full", ("failed", "mailbox_full"), False),
        ("spam", ("failed", "refused"), False),
        ("grey", ("waiting", "deferred"), False),
        ("later", ("waiting", "deferred"), False),
        ("busy", ("waiting", "deferred"), False),
        ("hangs", ("waiting", "deferred"), False),
        ("cut", ("unknown", "no_answer"), False),
        ("lost", ("unknown", "no_answer"), False),
        ("slow", ("sent", ""), False),
    ],
)
def test_what_a_server_does_and_what_becomes_of_it(
    desk: Desk, mailbox: str, outcome: tuple[str, str], is_dead: bool
) -> None:
    """And the message after it, in the same run, is sent all the same."""
    address = f"{mailbox}@x.co"
    first, second = desk.queue(address, "ana@x.co")
    desk.run()
    assert desk.outcome(first) == outcome
    assert desk.outcome(second) == ("sent", "")
    assert bool(stopped.stopped(desk.store, "main", [address])) == is_dead
    link = links.by_id(desk.store, desk.message(first).link_id or "")
    assert link is not None
    # nobody has the secret of a link whose message was refused: it is closed
    assert (link.revoked_at is not None) == (outcome[0] == "failed")


def test_put_off_waits_longer_each_time_and_is_given_up_after_two_days(desk: Desk) -> None:
    (public_id,) = desk.queue("never@x.co")
    pauses = []
    while desk.message(public_id).state == "waiting":
        desk.run()
        assert desk.run().total == 0  # not due again yet
        message = desk.message(public_id)
        pauses.append(message.not_before - desk.now)
        desk.now = max(message.not_before, desk.now + timedelta(seconds=1))
    assert desk.outcome(public_id) == ("failed", "gave_up")
    assert backoff.GIVE_UP <= desk.now - NOW < backoff.GIVE_UP + timedelta(hours=8)
    assert timedelta(minutes=5) <= pauses[0] < timedelta(minutes=7)
    assert timedelta(hours=6) <= max(pauses) < timedelta(hours=7.6)
    assert len(links.list_links(desk.store, "main")) == 1  # one link, not one per attempt


def test_greylisted_arrives_the_second_time_with_a_link_that_opens(desk: Desk) -> None:
    (public_id,) = desk.queue("grey@x.co")
    desk.run()
    link_id = desk.message(public_id).link_id
    desk.now += timedelta(minutes=10)
    desk.run()
    message = desk.message(public_id)
    assert (message.state, message.attempts, message.link_id) == ("sent", 2, link_id)
    body = desk.post.messages()[0].get_body(("plain",))
    token = re.search(r"/e/(\S+)", body.get_content())[1]  # type: ignore[index,union-attr]
    assert links.by_token(desk.store, token).public_id == link_id  # type: ignore[union-attr]


def test_an_unknown_one_is_never_sent_again_by_itself(desk: Desk) -> None:
    (public_id,) = desk.queue("cut@x.co")
    desk.run()
    desk.now += timedelta(days=30)
    assert desk.run().total == 0
    assert desk.outcome(public_id) == ("unknown", "no_answer")
    assert len(desk.post.taken) == 1
    first = desk.message(public_id).link_id
    # a person may, and then it has the same Message-ID and a link of its own: both open
    assert outbox.retry(desk.store, "main", [public_id], by=ANA, now=desk.now) == 1
    desk.run()
    again = desk.message(public_id)
    assert {mail["Message-ID"] for mail in desk.post.messages()} == {again.rfc_message_id}
    assert again.link_id != first
    assert links.by_id(desk.store, first or "").revoked_at is None  # type: ignore[union-attr]


def test_no_server_puts_everything_off_and_ends_the_run(desk: Desk) -> None:
    ids = desk.queue(*(f"c{n}@x.co" for n in range(5)))
    here = desk.settings.model_copy(update={"smtp_port": 1})
    done = Sender(
        here, desk.store, None, composer=PlainComposer(), batch=2, now=lambda: desk.now
    ).run()  # type: ignore[arg-type]
    assert "refused" in done.trouble.lower()
    # two batches were tried, the last message was not touched
    outcomes = [desk.outcome(public_id) for public_id in ids]
    assert outcomes == [("waiting", "unreachable")] * 4 + [("waiting", "")]
    assert desk.message(ids[4]).not_before == NOW
    assert desk.post.taken == []


def test_stopped_addresses_get_nothing(desk: Desk) -> None:
    dead, left, invoice, copy, fine = (
        *desk.queue("dead@x.co", "left@x.co"),
        *desk.queue("left@x.co", kind="invoice"),
        *desk.queue("left@x.co", is_copy=True),
        *desk.queue("ana@x.co"),
    )
    with desk.store.write() as connection:
        stopped.mark_dead(
            connection, desk.store, "main", "DEAD@x.co", detail="", message_id=None, now=NOW
        )
    stopped.unsubscribe(desk.store, left, now=NOW)
    desk.run()
    assert desk.outcome(dead) == ("skipped", "dead")
    assert desk.outcome(left) == ("skipped", "unsubscribed")
    assert [desk.outcome(id_)[0] for id_ in (invoice, copy, fine)] == ["sent"] * 3


def test_stopped_while_it_was_composed(desk: Desk) -> None:
    first, second = desk.queue("ana@x.co", "left@x.co")

    class Leaves(PlainComposer):
        def compose(self, *given: Any, **named: Any) -> Any:
            stopped.unsubscribe(desk.store, second, now=NOW)
            return super().compose(*given, **named)

    desk.sender(composer=Leaves()).run()
    assert desk.outcome(first) == ("sent", "")
    assert desk.outcome(second) == ("skipped", "unsubscribed")
    assert len(desk.post.taken) == 1


def test_cancelled_while_it_was_composed(desk: Desk) -> None:
    first, second = desk.queue("ana@x.co", "luis@x.co")

    class Cancels(PlainComposer):
        def compose(self, *given: Any, **named: Any) -> Any:
            outbox.cancel(desk.store, "main", [second], by=ANA, now=NOW)
            return super().compose(*given, **named)

    desk.sender(composer=Cancels()).run()
    assert (desk.outcome(first)[0], desk.outcome(second)[0]) == ("sent", "cancelled")


def test_the_first_leave_while_the_others_are_not_written_yet(desk: Desk) -> None:
    count = GROUP + 5
    desk.queue(*(f"c{n}@x.co" for n in range(count)))
    taken: list[int] = []

    class Slowly(PlainComposer):
        def compose(self, *given: Any, **named: Any) -> Any:
            for outcome in super().compose(*given, **named):
                taken.append(len(desk.post.taken))
                yield outcome

    assert desk.sender(composer=Slowly()).run().counts == {"sent": count}
    assert taken == [0] * GROUP + [GROUP] * 5


def test_no_sender_takes_the_last_of_what_is_due_for_itself(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "SMALLEST_BATCH", 2)
    desk.queue(*(f"c{n}@x.co" for n in range(20)))
    sizes: list[int] = []

    class Counts(PlainComposer):
        def compose(self, company: Any, profile: Any, orders: Any, **named: Any) -> Any:
            sizes.append(len(orders))
            return super().compose(company, profile, orders, **named)

    assert desk.sender(composer=Counts()).run().counts == {"sent": 20}
    assert sizes == [5, 3, 3, 2, 2, 2, 2, 1]


def test_what_cannot_be_composed_says_why_and_holds_nobody_back(desk: Desk) -> None:
    skipped, wrong, fine, accents = (
        *desk.queue("a@x.co", client_id="skip-nothing_open"),
        *desk.queue("b@x.co", client_id="wrong"),
        *desk.queue("c@x.co"),
        *desk.queue("josé@x.co"),
    )
    desk.run()
    assert desk.outcome(skipped) == ("skipped", "nothing_open")
    assert desk.outcome(wrong) == ("failed", "error")
    assert outbox.events(desk.store, "main", wrong)[-1].detail == "there is no such thing"
    assert desk.outcome(fine) == ("sent", "")
    assert desk.outcome(accents) == ("failed", "address")


def test_nobody_set_up_to_write(desk: Desk) -> None:
    desk.save(email="")
    (public_id,) = desk.queue("ana@x.co")
    desk.run()
    assert desk.outcome(public_id) == ("failed", "no_sender")


def test_off_switches_let_messages_wait(desk: Desk) -> None:
    (public_id,) = desk.queue("ana@x.co")
    off = desk.settings.model_copy(update={"mail": "off"})
    done = Sender(off, desk.store, None, composer=PlainComposer()).run()  # type: ignore[arg-type]
    assert "switched off" in done.trouble
    desk.save(is_on=False)
    assert desk.run().total == 0
    assert desk.outcome(public_id) == ("waiting", "")
    desk.save(is_on=True)
    assert desk.run().counts == {"sent": 1}


def test_test_mode_sends_everything_to_one_address_and_says_so(desk: Desk) -> None:
    desk.save(test_address="pruebas@empresa.co")
    good, nobody = desk.queue("ana@x.co", "nobody@x.co")
    desk.run()
    assert {to for _, to, _ in desk.post.taken} == {"pruebas@empresa.co"}
    mail = desk.post.messages()[0]
    assert mail["To"] == "pruebas@empresa.co"
    assert mail["Subject"] == f"[PRUEBA para ana@x.co] {CONTENT.subject} C1"
    assert mail["X-Cartera-Meant-For"] == "ana@x.co"
    kept = outbox.kept(desk.store, "main", good)
    assert kept is not None and b"To: pruebas@empresa.co" in kept
    event = outbox.events(desk.store, "main", good)[2]
    assert (event.what, event.detail) == ("redirected", "pruebas@empresa.co")
    assert desk.outcome(nobody) == ("sent", "")


def test_a_series_can_be_left_with_one_click(desk: Desk) -> None:
    (public_id,) = desk.queue("ana@x.co", is_periodic=True)
    https = desk.settings.model_copy(update={"client_url": "https://cuentas.empresa.co/"})
    composer = PlainComposer()
    Sender(https, desk.store, None, composer=composer, now=lambda: NOW).run()  # type: ignore[arg-type]
    (mail,) = desk.post.messages()
    assert mail["List-Unsubscribe"].strip() == f"<https://cuentas.empresa.co/baja/{public_id}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert composer.orders[0].unsubscribe == f"https://cuentas.empresa.co/baja/{public_id}"
    assert composer.orders[0].link.startswith("https://cuentas.empresa.co/e/")


def test_reports_come_back_to_an_address_that_names_the_message(desk: Desk) -> None:
    (public_id,) = desk.queue("ana@x.co")
    here = desk.settings.model_copy(update={"bounce_address": "rebotes@empresa.co"})
    Sender(here, desk.store, None, composer=PlainComposer(), now=lambda: NOW).run()  # type: ignore[arg-type]
    assert desk.post.taken[0][0] == f"rebotes+{public_id}@empresa.co"
    assert desk.post.messages()[0]["From"].addresses[0].addr_spec == "cartera@empresa.co"


def test_reminders_come_from_their_own_address_and_answers_go_elsewhere(desk: Desk) -> None:
    desk.save(
        reminder_sender="cobros@empresa.co", reply_to="servicio@empresa.co", sender_name="Cartera"
    )
    reminder_policy.save(desk.store, "main", Policy(is_on=True), by=HERE, now=NOW)
    desk.queue("ana@x.co", kind="reminder")
    desk.queue("ana@x.co")
    desk.run()
    first, second = desk.post.messages()
    assert (first["From"], second["From"]) == (
        "Cartera <cobros@empresa.co>", "Cartera <cartera@empresa.co>",
    )  # fmt: skip
    assert first["Reply-To"] == "servicio@empresa.co"


def test_a_mailing_says_what_it_says_and_only_it_is_sent(desk: Desk) -> None:
    mailing = mailings.create(
        desk.store, "main", kind="statement", content=CONTENT, choice={},
        drafts=[a_draft(n, content=None, key=f"m{n}") for n in (1, 2)], by=ANA, now=NOW,
    )  # fmt: skip
    (other,) = desk.queue("luis@x.co")
    mailings.send(desk.store, "main", mailing.public_id, by=ANA, now=NOW)
    assert desk.run(mailing=mailing.public_id).counts == {"sent": 2}
    assert {mail["Subject"] for mail in desk.post.messages()} == {
        f"{CONTENT.subject} C1", f"{CONTENT.subject} C2",
    }  # fmt: skip
    assert desk.outcome(other) == ("waiting", "")


def test_only_what_was_asked_for_and_what_is_due(desk: Desk) -> None:
    ids = desk.queue(*(f"c{n}@x.co" for n in range(6)))
    put(desk.store, ids[5], not_before=NOW + timedelta(seconds=1))
    assert desk.run(public_ids=[ids[3]]).counts == {"sent": 1}
    assert desk.run(public_ids=[]).total == 0
    assert desk.run(company_id="other").total == 0
    assert desk.run(limit=2).counts == {"sent": 2}
    assert desk.outcome(ids[3])[0] == "sent"
    results = []
    desk.run(on_result=results.append)
    assert [result.message.public_id for result in results] == [ids[2], ids[4]]
    assert desk.outcome(ids[5])[0] == "waiting"


def test_told_to_stop_it_gives_back_what_it_holds(desk: Desk) -> None:
    ids = desk.queue(*(f"c{n}@x.co" for n in range(5)))
    told = threading.Event()
    done = desk.run(stop=told, on_result=lambda _: told.set())
    # the first result is known once the second has left
    assert done.counts == {"sent": 2}
    assert [desk.outcome(public_id)[0] for public_id in ids] == ["sent"] * 2 + ["waiting"] * 3


def test_one_conversation_carries_many_messages(desk: Desk) -> None:
    before = desk.post.conversations
    desk.queue(*(f"c{n}@x.co" for n in range(100)))
    assert desk.run().counts == {"sent": 100}
    assert desk.post.conversations == before + 1


def test_senders_share_the_work(desk: Desk) -> None:
    ids = desk.queue(*(f"c{n}@d{n % 7}.co" for n in range(200)))
    many = desk.settings.model_copy(update={"smtp_connections": 4})
    seen: list[str] = []
    original = sender._composer
    sender._composer = lambda *_: PlainComposer()  # type: ignore[assignment]
    try:
        done = sender.run_all(
            many, desk.store, None,  # type: ignore[arg-type]
            on_result=lambda result: seen.append(result.message.public_id),
        )  # fmt: skip
    finally:
        sender._composer = original
    assert done.counts == {"sent": 200}
    assert sorted(seen) == sorted(ids)
    arrived = [mail["X-Cartera-Message"] for mail in desk.post.messages()]
    assert sorted(arrived) == sorted(ids)


def test_the_secret_is_found_wherever_a_line_breaks_it() -> None:
    token = links.new_token()
    for before in range(120):
        text = "a" * before + token + "ñ\n" + token
        raw = binascii.b2a_qp(text.encode(), istext=True).replace(b"\n", b"\r\n")
        kept = envelope.blacked_out(raw, token, 2)
        assert kept is not None
        assert token.encode() not in kept.replace(b"=\r\n", b"")
        assert len(kept) == len(raw)
    assert envelope.blacked_out(b"nothing", token, 1) is None
