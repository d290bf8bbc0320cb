"""What a new version makes of figures is there with its publication, and holds mail until seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cartera.errors import Forbidden
from cartera.mail.outgoing import Kind
from cartera.people import Person, pipeline
from cartera.store import audit, claims, dispatch, figure_changes, mailings, outbox, publications
from cartera.store.claims import Claim, Wanted
from cartera.store.db import Store
from cartera.store.dispatch import LEASE, HandOver
from tests.people import ANA, EVE, READER
from tests.store.changed import MONTH_END, TODAY, account, comparison, figure, published
from tests.store.mails import CONTENT, NOW, a_draft, put

pytestmark = pytest.mark.dialects
HOUR = timedelta(hours=1)
LATER = NOW + HOUR
MAIN = Wanted("main")


def take(store: Store, now: datetime = LATER) -> Claim:
    return claims.claim(
        store, MAIN, sender="me", now=now, lease=LEASE, limit=9, per_minute=600
    )  # fmt: skip


def queued(store: Store, kind: Kind = "statement", *, by: Person = ANA, now: datetime = NOW) -> str:
    count = outbox.count_messages(store, "main")
    drafts = [a_draft(count + 1, kind=kind)]
    return outbox.queue(store, "main", drafts, by=by, now=now)[0]


def test_a_list_is_read_as_it_was_written(store: Store) -> None:
    rows = (
        account("C2", figures={"total": figure("0.0000", "0.1000")}),
        account("C1", currency="USD"),
        account("C1", as_of=MONTH_END),
        account("C1"),
    )
    made = published(store, comparison(accounts=rows, has_new_rows=True), comparison("other"))
    (one,) = figure_changes.unseen(store, "main")
    assert (one.publication_id, one.before_id, one.program) == (made.id, 1, "0.2.0")
    assert (one.found_at, one.days) == (NOW, (TODAY, MONTH_END))
    # An account counts once, however many of its days differ.
    assert (one.accounts, one.has_new_rows, one.trouble, one.seen_at) == (3, True, "", None)
    assert figure_changes.accounts(store, one) == list(rows)
    assert figure_changes.accounts(store, one, as_of=TODAY, limit=1, offset=1) == [rows[1]]
    assert figure_changes.counts(store, one) == {TODAY: 3, MONTH_END: 1}
    assert list(rows[1].changed) == ["total", "unapplied"]
    assert [each.company_id for each in figure_changes.unseen(store)] == ["other", "main"]


def test_ten_thousand_accounts_are_one_publication(store: Store) -> None:
    rows = tuple(account(f"C{n}") for n in range(10_000))
    published(store, comparison(accounts=rows))
    (one,) = figure_changes.unseen(store, "main")
    assert one.accounts == 10_000
    assert figure_changes.accounts(store, one, limit=2, offset=9_998) == list(rows[-2:])


def test_no_publication_without_its_list(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever dies while it is written leaves the figures before, and mail that may go."""
    before = publications.publish(store, snapshot_id=1, batch_seq=1)
    queued(store)

    class Died(Exception):
        pass

    def die(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(figure_changes, "islice", die)
        with pytest.raises(Died):
            published(store)
    assert publications.current(store) == before
    assert figure_changes.unseen(store) == []
    assert len(take(store).messages) == 1


def test_seen_is_noted_once_and_by_whom(store: Store) -> None:
    published(store, comparison(), comparison("other"))
    (one,) = figure_changes.unseen(store, "main")
    for who in (READER, EVE):
        with pytest.raises(Forbidden):
            figure_changes.mark_seen(store, "main", [one.id], by=who, now=LATER)
    # Another company's list is not theirs to see.
    assert figure_changes.mark_seen(store, "other", [one.id], by=EVE, now=LATER) == 0
    assert figure_changes.holds_mail(store, "main")
    assert figure_changes.mark_seen(store, "main", [one.id], by=ANA, now=LATER) == 1
    assert figure_changes.mark_seen(store, "main", [one.id], by=ANA, now=LATER + HOUR) == 0
    assert not figure_changes.holds_mail(store, "main")
    assert figure_changes.holds_mail(store, "other")
    (kept,) = figure_changes.shown(store, "main")
    assert (kept.id, kept.seen_at, kept.seen_by) == (one.id, LATER, "ana")
    (entry,) = audit.entries(store, "main", action="figures.seen")
    assert (entry.who, entry.subject, entry.details) == (
        "ana", str(one.publication_id), {"accounts": 1},
    )  # fmt: skip


def test_a_list_that_came_after_the_look_holds_on(store: Store) -> None:
    published(store)
    looked_at = figure_changes.shown(store, "main")
    published(store, now=LATER)
    ids = [one.id for one in looked_at]
    assert figure_changes.mark_seen(store, "main", ids, by=ANA, now=LATER) == 1
    assert figure_changes.holds_mail(store, "main")


PIPELINE = pipeline("main")


@pytest.mark.parametrize(
    ("kind", "by", "since", "goes"),
    [
        # By itself: not, whenever it was queued.
        ("statement", PIPELINE, -HOUR, False),
        ("statement", PIPELINE, HOUR, False),
        ("invoice", PIPELINE, HOUR, False),
        ("reminder", PIPELINE, HOUR, False),
        # By hand: before anyone could know, not; afterwards its sender was told.
        ("statement", ANA, -HOUR, False),
        ("reminder", ANA, -HOUR, False),
        ("statement", ANA, HOUR, True),
        ("invoice", ANA, HOUR, True),
        # Somebody waits for it.
        ("receipt", PIPELINE, -HOUR, True),
        ("access", PIPELINE, HOUR, True),
        ("answer", ANA, -HOUR, True),
        # To the company's own people.
        ("notice", PIPELINE, HOUR, True),
    ],
)  # fmt: skip
def test_what_leaves_while_a_list_is_unseen(
    store: Store, kind: Kind, by: Person, since: timedelta, goes: bool
) -> None:
    published(store)
    public_id = queued(store, kind, by=by, now=NOW + since)
    at = NOW + 2 * HOUR
    due = claims.count_due(store, MAIN, at, most=5)
    assert (due, claims.companies_due(store, Wanted(), at)) == (goes, ["main"] if goes else [])
    assert (claims.until_due(store, MAIN, at) is not None) is goes
    assert [m.public_id for m in take(store, at).messages] == ([public_id] if goes else [])
    ids = [one.id for one in figure_changes.unseen(store, "main")]
    figure_changes.mark_seen(store, "main", ids, by=ANA, now=at)
    # Once it is seen, what waited leaves: it was neither skipped nor put off.
    assert len(take(store, at).messages) == (not goes)


def test_another_company_s_list_holds_nobody_else_s_mail(store: Store) -> None:
    queued(store, by=PIPELINE)
    published(store, comparison("other"))
    assert len(take(store).messages) == 1


@pytest.mark.parametrize(("sent_at", "goes"), [(NOW - HOUR, False), (NOW + HOUR, True)])
def test_a_mailing_is_by_hand_when_it_is_sent(store: Store, sent_at: datetime, goes: bool) -> None:
    """Prepared before the upgrade and sent after it: whoever pressed had been told."""
    mailing = mailings.create(
        store, "main", kind="statement", content=CONTENT, choice={}, by=ANA,
        drafts=[a_draft(content=None)], now=NOW - 2 * HOUR,
    )  # fmt: skip
    published(store)
    mailings.send(store, "main", mailing.public_id, by=ANA, now=sent_at)
    assert len(take(store, NOW + 2 * HOUR).messages) == goes


def test_what_was_claimed_before_does_not_leave_with_figures_nobody_saw(store: Store) -> None:
    """A sender took it under the old figures and composed it from the new ones."""
    (held, free) = queued(store), queued(store, "receipt")
    claim = take(store)
    published(store, now=LATER)
    left = [hand_over(store, claim, message.public_id) for message in claim.messages]
    assert dict(zip((m.public_id for m in claim.messages), left, strict=True)) == {
        held: False, free: True,
    }  # fmt: skip
    claims.give_back(store, claim)
    message = outbox.get(store, "main", held)
    assert (message.state, message.reason, message.attempts) == ("waiting", "", 0)


def hand_over(store: Store, claim: Claim, public_id: str) -> bool:
    message = next(one for one in claim.messages if one.public_id == public_id)
    letter = HandOver(
        message, token="", link_days=30, raw=b"Subject: x\r\n\r\n", rfc_message_id="<x@x.co>",
        subject="x", as_of=TODAY, publication_id=2, transport="smtp",
    )  # fmt: skip
    return dispatch.hand_over(store, claim, letter, before=None, now=LATER, until=LATER + LEASE)


def test_the_last_message_is_what_a_client_was_last_told_in_figures(store: Store) -> None:
    found_at = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def sent(client: int, days: int, subject: str, **values: object) -> None:
        (public_id,) = outbox.queue(
            store, "main", [a_draft(client, key=f"{client}:{subject}")], by=ANA, now=NOW
        )
        told = {
            "state": "sent", "sent_at": found_at - timedelta(days=days), "subject": subject,
            "publication_id": 1, "as_of": TODAY,
        }  # fmt: skip
        put(store, public_id, **(told | values))

    sent(1, 9, "older")
    sent(1, 2, "newest", state="delivered")
    sent(1, 1, "came back", state="bounced")
    sent(1, 1, "without figures", publication_id=None)
    sent(1, 1, "a copy", is_copy=True)
    sent(1, -1, "after the list")
    sent(2, 3, "of another")
    queued(store)
    told = figure_changes.last_messages(store, "main", ["C1", "C2", "C9"], before=found_at)
    assert {client: one.subject for client, one in told.items()} == {
        "C1": "newest", "C2": "of another",
    }  # fmt: skip
    assert (told["C1"].kind, told["C1"].sent_at) == ("statement", found_at - timedelta(days=2))
    assert figure_changes.last_messages(store, "other", ["C1"], before=found_at) == {}
