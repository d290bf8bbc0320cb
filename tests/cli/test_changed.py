"""`cartera check --changed`: whose figures a new version changed, and mail until they are seen."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest

from cartera import clock
from cartera.config import Settings
from cartera.people import operator
from cartera.store import companies, outbox, reminder_policy
from cartera.store.db import Store, open_store
from tests.cli.conftest import TWO_COMPANIES, Cartera
from tests.ledger.lakes import built
from tests.shared import made_once
from tests.store.changed import MONTH_END, TODAY, account, comparison, figure, published
from tests.store.mails import a_draft, put

SAID = (
    "version 0.2.0 changed the figures of 2 accounts of main; mail that goes by itself waits until "
    "somebody has seen it: cartera check --changed"
)


def _make(folder: Path) -> None:
    folder.mkdir()
    for name, text in TWO_COMPANIES.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert Cartera(built(folder / "home"))("load", folder).code == 0


@pytest.fixture
def home(home: Path) -> Path:
    return built(home, made_once("two companies", _make) / "home")


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    opened = open_store(Settings(home=home))
    yield opened
    opened.close()


@pytest.fixture
def listed(store: Store) -> None:
    """A list of two accounts; the first got a statement before it."""
    draft = a_draft(key="told", client_id="C2", address="c2@example.com")
    at = clock.now() - timedelta(days=3)
    (told,) = outbox.queue(store, "main", [draft], by=operator("main"), now=at)
    put(store, told, state="sent", sent_at=at, subject="=Su cuenta", publication_id=1, as_of=TODAY)
    rows = (
        account("C2", figures={"total": figure("350.5", "250.5"), "1-30": figure("7", "7")}),
        account("C1", as_of=MONTH_END, figures={"overdue": figure("0", "900")}),
    )
    published(store, comparison(accounts=rows), now=clock.now())


def test_without_a_list_all_is_well(cartera: Cartera) -> None:
    done = cartera("check", "--changed")
    assert (done.code, done.err) == (0, "")
    assert done.out == "main: no figure of an account was changed by a new version.\n"
    assert cartera.json("check", "--changed") == []
    assert cartera("check", "--changed", "--seen").code == 0
    assert cartera("check", "--seen").code == 2


@pytest.mark.usefixtures("listed")
def test_the_list_fails_until_it_is_seen(cartera: Cartera, store: Store) -> None:
    done = cartera("check", "--changed", "--format", "json")
    assert (done.code, done.err) == (1, f"cartera: {SAID} --seen --company main\n")
    status = cartera.json("status")["unseen_figure_changes"]
    assert [(one["program"], one["accounts"], one["trouble"]) for one in status] == [
        ("0.2.0", 2, None)
    ]
    assert f"{SAID}\n" in cartera("status").out
    for form in ("table", "csv"):
        assert cartera("check", "--changed", "--format", form).code == 1
    assert cartera("check", "--changed", "--company", "other").code == 0

    seen = cartera("check", "--changed", "--seen")
    assert (seen.code, seen.err) == (0, "")
    assert seen.out.endswith("Noted as seen; mail that goes by itself goes again.\n")
    (one,) = cartera.json("check", "--changed")
    assert (one["seen_by"], one["accounts"], one["trouble"]) == ("command line", 2, None)
    assert one["days"] == [str(TODAY), str(MONTH_END)]
    first, second = one["rows"]
    assert (first["client_id"], first["client"], first["as_of"]) == ("C2", "Ágora", str(TODAY))
    # Only what differs, with the currency's decimals.
    assert first["figures"] == {
        "total": {"before": "350.50", "after": "250.50", "difference": "-100.00"}
    }
    assert first["last_message"]["subject"] == "=Su cuenta"
    assert first["last_message"]["as_of"] == str(TODAY)
    assert second["last_message"] is None


@pytest.mark.usefixtures("listed")
def test_csv_has_a_line_for_each_figure_and_no_formula(cartera: Cartera) -> None:
    rows = list(csv.DictReader(StringIO(cartera("check", "--changed", "--format", "csv").out)))
    assert [(row["client_id"], row["figure"], row["difference"]) for row in rows] == [
        ("C2", "total", "-100.00"), ("C1", "overdue", "900.00"),
    ]  # fmt: skip
    assert (rows[0]["last_subject"], rows[1]["client"]) == ("'=Su cuenta", '\'=HYPERLINK("x")')


def test_what_could_not_be_compared_is_said(cartera: Cartera, store: Store) -> None:
    published(store, comparison(accounts=(), trouble="Catalog Error: no aging"))
    done = cartera("check", "--changed")
    assert done.out == "Version 0.2.0 could not compare: Catalog Error: no aging\n"
    assert done.code == 1
    assert "figures of main could not be compared with those of the version before" in done.err
    assert cartera("check", "--changed", "--seen").code == 0
    assert cartera("check", "--changed").code == 0
    assert cartera.json("status")["unseen_figure_changes"] == []


@pytest.mark.usefixtures("listed")
def test_whoever_sends_by_hand_is_told_and_what_goes_by_itself_waits(
    cartera: Cartera, store: Store
) -> None:
    mail = {"CARTERA_MAIL": "folder"}
    main = operator("main")
    companies.save(store, "main", {"statement_sender": "a@x.co"}, by=main, now=clock.now())
    told = f"cartera: {SAID} --company main\n"

    sent = cartera("send", "C2", "--to", "c2@example.com", **mail)
    assert (sent.code, sent.err) == (0, told)
    assert "1 of 1 messages sent" in sent.out

    drafts = [a_draft(key="old", client_id="C2", address="c2@example.com")]
    early = clock.now() - timedelta(hours=1)
    (waiting,) = outbox.queue(store, "main", drafts, by=main, now=early)
    run = cartera("mail", "send", **mail)
    assert (run.code, run.out, run.err) == (0, "Nothing was due.\n", told)
    assert outbox.get(store, "main", waiting).state == "waiting"

    policy = reminder_policy.policy(store, "main").as_if_on
    reminder_policy.save(store, "main", policy, by=main, now=clock.now())
    remind = cartera("remind", **mail)
    assert remind.code == 1
    assert remind.err.count("\n") == 1
    assert "cartera check --changed" in remind.err

    assert cartera("check", "--changed", "--seen").code == 0
    run = cartera("mail", "send", **mail)
    assert (run.code, run.err) == (0, "")
    assert outbox.get(store, "main", waiting).state == "sent"
