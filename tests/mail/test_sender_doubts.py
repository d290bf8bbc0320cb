"""What senders that died or were slow leave, the folder, and the pace that all of them share."""

from __future__ import annotations

import re
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cartera.errors import NotFound
from cartera.mail import sender
from cartera.mail.transports import folder
from cartera.store import (
    claims,
    dispatch,
    links,
    outbox,
)
from cartera.store.claims import Wanted
from tests.mail.desk import Desk
from tests.mail.letters import PlainComposer
from tests.people import ANA
from tests.store.mails import NOW, put


@pytest.fixture
def by_folder(desk: Desk) -> Desk:
    desk.settings = desk.settings.model_copy(update={"mail": "folder"})
    return desk


def test_the_folder_holds_whole_messages_with_links_that_open(by_folder: Desk) -> None:
    first, second = by_folder.queue("ana@x.co", "luis@x.co")
    assert by_folder.run().counts == {"sent": 2}
    assert by_folder.message(first).transport == "folder"
    box = folder.box(by_folder.settings, "main")
    listed = folder.messages(box)
    assert [message.name for message in listed] == [f"{second}.eml", f"{first}.eml"]
    assert (listed[1].to, listed[1].date) == ("Cliente 1 <ana@x.co>", NOW)
    assert folder.count(box) == 2
    mail = folder.read(box, f"{first}.eml")
    body = mail.get_body(("plain",))
    token = re.search(r"/e/(\S+)", body.get_content())[1]  # type: ignore[index,union-attr]
    assert links.by_token(by_folder.store, token) is not None
    path = box / f"{first}.eml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_nothing_but_messages_is_read_from_the_folder(by_folder: Desk, tmp_path: Path) -> None:
    by_folder.queue("ana@x.co")
    by_folder.run()
    secret = tmp_path / "secret.eml"
    secret.write_text("Subject: secret\n\n")
    box = folder.box(by_folder.settings, "main")
    (box / ("0" * 32 + ".eml")).symlink_to(secret)
    (box / "notes.txt").write_text("x")
    assert len(folder.messages(box)) == 1
    for name in (
        "../secret.eml",
        "0" * 32 + ".eml",
        "notes.txt",
        "",
        "1" * 32 + ".eml",
        "/etc/passwd",
    ):
        with pytest.raises(NotFound):
            folder.read(box, name)


def stranded(desk: Desk, transport: str, state: str = "sending") -> str:
    """A message whose sender died while it held it."""
    (public_id,) = desk.queue("ana@x.co")
    put(
        desk.store, public_id, state=state, transport=transport, claimed_by="gone.1",
        claimed_until=desk.now - timedelta(seconds=1), attempts=1,
    )  # fmt: skip
    return public_id


def test_what_a_dead_sender_held(desk: Desk) -> None:
    in_doubt, claimed = stranded(desk, "smtp"), stranded(desk, "", "claimed")
    fresh = stranded(desk, "smtp")
    put(desk.store, fresh, claimed_until=desk.now + timedelta(minutes=1))
    assert desk.run().counts == {"sent": 1}
    assert desk.outcome(in_doubt) == ("unknown", "died")
    assert desk.outcome(claimed) == ("sent", "")
    assert "requeued" in desk.whats(claimed)
    assert desk.outcome(fresh) == ("sending", "")


def test_a_folder_can_tell_whether_it_was_written(by_folder: Desk) -> None:
    there, missing = stranded(by_folder, "folder"), stranded(by_folder, "folder")
    box = folder.box(by_folder.settings, "main")
    box.mkdir(parents=True)
    (box / f"{there}.eml").write_text("Subject: x\n\n")
    assert by_folder.run().counts == {"sent": 1}
    assert by_folder.outcome(there) == by_folder.outcome(missing) == ("sent", "")
    assert by_folder.whats(there)[-1] == "accepted"
    assert by_folder.whats(missing)[-3:] == ["requeued", "sending", "accepted"]


def test_a_sender_that_was_too_slow_sends_nothing_that_is_no_longer_its_own(desk: Desk) -> None:
    ids = desk.queue("ana@x.co", "luis@x.co")

    class Stalls(PlainComposer):
        """Composing takes longer than the lease; meanwhile another sender does it all."""

        def compose(self, *given: Any, **named: Any) -> Any:
            desk.now += timedelta(hours=1)
            assert desk.sender(name="other").run().counts == {"sent": 2}
            return super().compose(*given, **named)

    assert desk.sender(composer=Stalls()).run().total == 0
    assert [desk.outcome(public_id) for public_id in ids] == [("sent", "")] * 2
    assert len(desk.post.taken) == 2


def test_the_late_answer_of_a_slow_server_still_counts(desk: Desk) -> None:
    (public_id,) = desk.queue("ana@x.co")
    now = desk.now
    claim = claims.claim(
        desk.store, Wanted("main"), sender="s", now=now, lease=timedelta(minutes=1), limit=5,
        per_minute=100,
    )  # fmt: skip
    (message,) = claim.messages
    letter = dispatch.HandOver(
        message, token="t", link_days=1, raw=b"x", rfc_message_id="<x@y>", subject="s",
        as_of=now.date(), publication_id=1, transport="smtp",
    )  # fmt: skip
    assert dispatch.hand_over(
        desk.store, claim, letter, before=None, now=now, until=now + timedelta(minutes=1)
    )
    later = now + timedelta(minutes=2)
    sender.recover(desk.settings, desk.store, later)
    assert desk.outcome(public_id) == ("unknown", "died")
    dispatch.settle(desk.store, claim, [dispatch.Result(message, "sent")], now=later)
    assert desk.outcome(public_id) == ("sent", "")
    assert desk.whats(public_id) == ["queued", "sending", "unknown", "accepted"]


def test_after_a_retry_the_first_attempts_late_answer_changes_nothing(desk: Desk) -> None:
    public_id = stranded(desk, "smtp")
    sender.recover(desk.settings, desk.store, desk.now)
    outbox.retry(desk.store, "main", [public_id], by=ANA, now=desk.now)
    late = claims.Claim("gone.1", (desk.message(public_id),))
    result = dispatch.Result(desk.message(public_id), "failed", "refused")
    dispatch.settle(desk.store, late, [result], now=desk.now)
    assert desk.outcome(public_id) == ("waiting", "")


def take(desk: Desk, now: datetime, per_minute: int, limit: int = 100) -> int:
    return len(
        claims.claim(
            desk.store, Wanted("main"), sender="s", now=now, lease=timedelta(minutes=5),
            limit=limit, per_minute=per_minute,
        ).messages
    )  # fmt: skip


def test_a_domain_gets_so_many_a_minute_whoever_sends(desk: Desk) -> None:
    desk.queue(*(f"c{n}@x.co" for n in range(300)), *(f"c{n}@y.co" for n in range(3)))
    # three to each domain, what is due and a second ahead; nobody waits behind a slow domain
    assert [take(desk, NOW, 120) for _ in range(3)] == [3, 3, 0]
    assert claims.until_due(desk.store, Wanted("main"), NOW) == pytest.approx(0.5)
    minute = sum(take(desk, NOW + timedelta(seconds=second), 120) for second in range(1, 61))
    assert minute == 120
    # after a quiet hour there is no credit for the time that nothing was sent
    assert take(desk, NOW + timedelta(hours=1), 120) == 3


def test_what_a_person_waits_for_goes_at_once_and_counts(desk: Desk) -> None:
    ids = desk.queue(*(f"c{n}@x.co" for n in range(10)))
    assert take(desk, NOW, 1) == 1
    urgent = Wanted("main", public_ids=tuple(ids[5:7]))
    mine = claims.claim(
        desk.store, urgent, sender="s", now=NOW, lease=timedelta(minutes=5), limit=9, per_minute=1
    )
    assert [message.public_id for message in mine.messages] == ids[5:7]
    assert claims.until_due(desk.store, Wanted("main"), NOW) == pytest.approx(179)


def test_the_pace_holds_a_run_back_until_everything_is_sent(desk: Desk) -> None:
    desk.queue(*(f"c{n}@x.co" for n in range(5)))
    desk.save(per_minute=120)

    def moving() -> datetime:
        desk.now += timedelta(milliseconds=50)
        return desk.now

    assert desk.sender(now=moving).run().counts == {"sent": 5}
