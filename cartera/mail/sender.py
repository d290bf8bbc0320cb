"""The sender: takes what is due, a batch at a time, until nothing is.

Any number of them may run, in threads, processes and machines: what each holds is in the store.
One that dies leaves claimed messages to the others once its lease is over; the one message that
it was handing over is then `unknown`.
"""

from __future__ import annotations

import os
import socket
import threading
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cartera import clock
from cartera.config import Settings
from cartera.mail.batch import Batch, Composing
from cartera.mail.transports import folder, transport
from cartera.mail.transports.base import Transport
from cartera.store import claims, companies, dispatch, reports
from cartera.store.claims import Wanted
from cartera.store.db import Store
from cartera.store.dispatch import Result, Verdict
from cartera.store.messages import Message
from cartera.warehouse.reader import Reader

#: Messages whose accounts are read together: that costs about the same for one and for many.
BATCH = 800
#: Of what is due a sender takes at most such a part, or the last batch would be one sender's while
#: the others have nothing to do; but no fewer than so many, for the reading.
PART, SMALLEST_BATCH = 4, 100
#: Batches of one company before the next one has its turn.
TURN = 5
#: Outages in a row, a batch each, until a run ends: what it has not tried stays due.
OUTAGES = 2
#: Seconds until a domain's pace is looked at again: others use it too.
SHORTEST_WAIT, LONGEST_WAIT = 0.02, 1.0
#: What senders that died left behind is looked for this often during a run.
RECOVERY = timedelta(minutes=1)
OFF = "mail is switched off for this installation (CARTERA_MAIL, CARTERA_SMTP_HOST)"


@dataclass(slots=True)
class Summary:
    """What a run did; `trouble` says in words why it ended before everything was done."""

    counts: Counter[Verdict] = field(default_factory=Counter)
    trouble: str = ""

    @property
    def total(self) -> int:
        """Messages that were settled, one way or another."""
        return sum(self.counts.values())


class Sender:
    """One sender, used by one thread."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        reader: Reader,
        *,
        name: str = "",
        composer: Composing | None = None,
        lease: timedelta = dispatch.LEASE,
        batch: int = BATCH,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._settings = settings
        self._store = store
        self._name = name or f"{socket.gethostname()[:20]}:{os.getpid()}"
        self._composer = composer or _composer(settings, store, reader)
        self._lease = lease
        self._batch = batch
        self._now = now
        self._recovered: datetime | None = None

    def run(
        self,
        *,
        company_id: str | None = None,
        mailing: str | None = None,
        public_ids: Collection[str] | None = None,
        limit: int | None = None,
        stop: threading.Event | None = None,
        on_result: Callable[[Result], None] | None = None,
    ) -> Summary:
        """Send until nothing is due, `stop` is set or `limit` messages are settled.

        Messages that were put off are not due, and those of a company that is switched off wait.
        Where a domain's pace holds messages back, this waits for it.
        """
        summary = Summary()
        if public_ids is not None and not public_ids:
            return summary
        if self._settings.mail_transport == "off":
            summary.trouble = OFF
            return summary
        wanted = Wanted(company_id, mailing, tuple(public_ids or ()))
        told = stop or threading.Event()

        def settled(result: Result) -> None:
            summary.counts[result.verdict] += 1
            if on_result is not None:
                on_result(result)

        with closing(transport(self._settings)) as way:
            self._run(wanted, way, summary, limit, told, settled)
        return summary

    def _run(
        self,
        wanted: Wanted,
        way: Transport,
        summary: Summary,
        limit: int | None,
        told: threading.Event,
        settled: Callable[[Result], None],
    ) -> None:
        outages = 0
        while not told.is_set():
            self._recover()
            due = [
                c
                for c in claims.companies_due(self._store, wanted, self._now())
                if companies.mail_profile(self._store, c).is_on
            ]
            worked = False
            for company_id in due:
                mine = replace(wanted, company_id=company_id)
                for _ in range(TURN):
                    room = self._batch if limit is None else min(self._batch, limit - summary.total)
                    if room < 1 or told.is_set():
                        return
                    batch = self._take(mine, way, room, told, settled)
                    if batch is None:
                        break
                    worked = True
                    batch.work()
                    outages = outages + 1 if batch.is_outage else 0
                    summary.trouble = batch.trouble
                    if batch.trouble and (outages >= OUTAGES or not batch.is_outage):
                        return
            if not worked and not self._wait([replace(wanted, company_id=c) for c in due], told):
                return

    def _take(
        self,
        wanted: Wanted,
        way: Transport,
        room: int,
        told: threading.Event,
        settled: Callable[[Result], None],
    ) -> Batch | None:
        """Claim messages of one company; None where there is none to have now."""
        company_id = wanted.company_id or ""
        profile = companies.mail_profile(self._store, company_id)
        if not profile.is_on:
            return None
        now = self._now()
        due = claims.count_due(self._store, wanted, now, most=PART * room)
        claim = claims.claim(
            self._store,
            wanted,
            sender=self._name,
            now=now,
            lease=self._lease,
            limit=min(room, max(due // PART, SMALLEST_BATCH)),
            per_minute=profile.per_minute,
        )
        if not claim.messages:
            return None
        company = companies.profile(self._settings, self._store, company_id)
        return Batch(
            self._settings, self._store, self._composer, way, claim, company, profile,
            lease=self._lease, now=self._now, told=told, settled=settled,
        )  # fmt: skip

    def _wait(self, wanted: Collection[Wanted], told: threading.Event) -> bool:
        """Wait for a domain's pace, or another sender; False: nothing is due any more."""
        waits = [claims.until_due(self._store, each, self._now()) for each in wanted]
        known = [wait for wait in waits if wait is not None]
        if not known:
            return False
        told.wait(min(max(min(known), SHORTEST_WAIT), LONGEST_WAIT))
        return True

    def _recover(self) -> None:
        """Settle what senders that died left behind."""
        now = self._now()
        if self._recovered is None or now - self._recovered >= RECOVERY:
            self._recovered = now
            recover(self._settings, self._store, now)


def recover(settings: Settings, store: Store, now: datetime) -> None:
    """Settle what senders that died left: what they had claimed waits again, what they were
    handing over is sent, waits or is unknown; and what was in doubt and opened has arrived.
    """

    def arrived(message: Message) -> bool | None:
        if message.transport == folder.NAME:
            return folder.arrived(folder.box(settings, message.company_id), message.public_id)
        return None

    claims.requeue_lost(store, now)
    dispatch.settle_lost(store, now, arrived=arrived)
    reports.settle_opened(store, now)


def send_now(
    settings: Settings,
    store: Store,
    reader: Reader,
    public_ids: Collection[str],
    *,
    on_result: Callable[[Result], None] | None = None,
) -> Summary:
    """Send these while somebody waits; where another sender has one of them, it is that one's."""
    return Sender(settings, store, reader).run(public_ids=public_ids, on_result=on_result)


def run_all(
    settings: Settings,
    store: Store,
    reader: Reader,
    *,
    company_id: str | None = None,
    mailing: str | None = None,
    stop: threading.Event | None = None,
    on_result: Callable[[Result], None] | None = None,
) -> Summary:
    """As many senders as the server takes conversations (CARTERA_SMTP_CONNECTIONS), together.

    `on_result` is called from several threads.
    """
    count = settings.smtp_connections if settings.mail_transport == "smtp" else 1
    composer = _composer(settings, store, reader)
    told = stop or threading.Event()

    def one() -> Summary:
        sender = Sender(settings, store, reader, composer=composer)
        return sender.run(company_id=company_id, mailing=mailing, stop=told, on_result=on_result)

    whole = Summary()
    with ThreadPoolExecutor(count, thread_name_prefix="sender") as threads:
        runs = [threads.submit(one) for _ in range(count)]
        try:
            for run in runs:
                done = run.result()
                whole.counts += done.counts
                whole.trouble = whole.trouble or done.trouble
        except BaseException:
            told.set()  # one failed, or we were told to end: none goes on alone
            raise
    return whole


def _composer(settings: Settings, store: Store, reader: Reader) -> Composing:
    from cartera.mail.compose import Composer

    return Composer(settings, store, reader)
