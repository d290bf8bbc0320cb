"""One batch of a sender: compose what it claimed and hand it over, one by one, settle each.

A message's result is written together with the next one's `sending`: one transaction a message,
and never a moment in which a message has left that the store does not know of.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Protocol, TypeVar

from sqlalchemy.exc import OperationalError

from cartera import clock
from cartera.config import Company, Settings
from cartera.errors import CarteraError
from cartera.mail import backoff, envelope
from cartera.mail.envelope import Sealed
from cartera.mail.outgoing import Composed, Content, Order, Reason, Skip
from cartera.mail.profile import MailProfile
from cartera.mail.transports.base import Answer, Transport
from cartera.reminders.gate import Gate
from cartera.store import claims, companies, dispatch, links, reminders, stopped
from cartera.store.claims import Claim
from cartera.store.db import Store
from cartera.store.dispatch import HandOver, Result
from cartera.store.messages import Message

#: After so many seconds a batch asks again whether its company still writes, and holds on.
CHECK_SECONDS = 2.0
#: Messages written in one go, before the first of them leaves: going to and fro between the two
#: after each message takes a tenth longer.
GROUP = 50
#: A store that is busy is asked again: a result that is not written down becomes a doubt.
STORE_TRIES = 5
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Composing(Protocol):
    """What `cartera.mail.compose.Composer` does."""

    def compose(
        self, company: Company, profile: MailProfile, orders: Sequence[Order], *, as_of: date
    ) -> Iterable[Composed | Skip | CarteraError]:
        """What became of each order, in their order; each may be made when it is asked for."""


class Batch:
    """Messages of one company that one sender holds."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        composer: Composing,
        way: Transport,
        claim: Claim,
        company: Company,
        profile: MailProfile,
        *,
        lease: timedelta,
        now: Callable[[], datetime],
        told: threading.Event,
        settled: Callable[[Result], None],
    ) -> None:
        self._settings = settings
        self._store = store
        self._composer = composer
        self._way = way
        self._claim = claim
        self._company = company
        self._profile = profile
        self._lease = lease
        self._now = now
        self._told = told
        self._settled = settled
        self._checked = time.monotonic()
        self._gate: Gate | None = None
        if any(_is_reminder(message) for message in claim.messages):
            self._gate = Gate.of(store, company)
        ids = {m.reminder_id for m in claim.messages if m.reminder_id is not None}
        self._days = reminders.days(store, ids) if ids else {}
        #: What became of the message that left last; it is not written down yet.
        self._pending: Result | None = None
        #: Messages that are not sent; nothing left, so they are written down together.
        self._unsent: list[Result] = []
        #: Why the run should not go on, in words; an outage is of the server, not of the figures.
        self.trouble = ""
        self.is_outage = False

    def work(self) -> None:
        """Send the batch. Whatever ends it early, the rest waits again and results are kept."""
        try:
            self._send(self._writable())
        finally:
            # Also after control-C or an error: what left must not become a doubt.
            self._flush()
            with suppress(OperationalError):  # the lease ends by itself
                claims.give_back(self._store, self._claim)

    def _writable(self) -> list[Message]:
        """Messages that can be written at all; the others are settled."""
        asked = {message.address for message in self._claim.messages}
        stops = stopped.stopped(self._store, self._company.id, asked)
        good: list[Message] = []
        bad: list[Result] = []
        for message in self._claim.messages:
            reason = _held_back(message, stops.get(message.address, []))
            level = envelope.level_of(message)
            if reason:
                bad.append(Result(message, "skipped", reason))
            elif waits := self._waits(message):
                bad.append(waits)
            elif not self._profile.sender(message.kind, self._company, level)[1]:
                bad.append(Result(message, "failed", "no_sender"))
            elif not message.address.isascii():
                bad.append(Result(message, "failed", "address"))
            else:
                good.append(message)
        self._settle(bad)
        return good

    def _composed(self, messages: Sequence[Message]) -> Iterator[tuple[Message, str, Composed]]:
        """Messages with their links' secrets and what they say; what is not sent is noted.

        Some at a time: the first leaves soon, however long their files take, and while one sender
        waits for its server or for the store, another one writes.
        """
        tokens = ["" if m.kind == "notice" else links.new_token() for m in messages]
        orders = [self._order(m, token) for m, token in zip(messages, tokens, strict=True)]
        as_of = clock.today(self._company.timezone)
        try:
            made = self._composer.compose(self._company, self._profile, orders, as_of=as_of)
            for message, token, outcome in _in_groups(zip(messages, tokens, made, strict=True)):
                if isinstance(outcome, Composed):
                    yield message, token, outcome
                elif isinstance(outcome, Skip):
                    self._unsent.append(Result(message, "skipped", _reason(outcome.reason)))
                else:
                    self._unsent.append(Result(message, "failed", "error", str(outcome)))
        except CarteraError as error:  # no figures to be had: it is nobody's message
            self.trouble = str(error)

    def _order(self, message: Message, token: str) -> Order:
        return Order(
            kind=message.kind,
            client_id=message.client_id,
            contact=message.contact,
            address=message.address,
            language=message.language,
            content=message.content or Content("", ""),
            link=envelope.client_link(self._settings, token) if token else "",
            unsubscribe=envelope.unsubscribe_link(self._settings, message),
            document_id=message.document_id,
            is_copy=message.is_copy,
        )

    def _send(self, messages: Sequence[Message]) -> None:
        for message, token, composed in self._composed(messages) if messages else ():
            if self._told.is_set() or not self._goes_on():
                return
            if waits := self._waits(message) or self._another_day(message):
                self._unsent.append(waits)
                continue
            sealed = self._sealed(message, composed, token)
            if sealed is None or not self._hand_over(message, composed, token, sealed):
                continue
            answer = self._way.send(sealed.parcel)
            self._pending = self._result(message, answer)
            if answer.is_outage:
                self.is_outage, self.trouble = True, answer.detail or answer.reason
                rest = messages[messages.index(message) + 1 :]
                self._unsent += (self._result(other, answer) for other in rest)
                return

    def _waits(self, message: Message) -> Result | None:
        """Why a reminder does not leave at this moment; None: it may."""
        if self._gate is None or not _is_reminder(message):
            return None
        if not self._gate.is_on:
            return Result(message, "skipped", "off")
        opens = self._gate.opens_at(self._now())
        return None if opens is None else Result(message, "deferred", "window", again_at=opens)

    def _another_day(self, message: Message) -> Result | None:
        """A reminder that leaves later than on its day reminds on this one, if it may."""
        of, today = message.reminder_id, clock.local(self._now(), self._company.timezone).date()
        if message.is_copy or of is None or self._days.get(of, today) >= today:
            return None
        if not reminders.leaves_on(self._store, of, today):
            return Result(message, "skipped", "same_day")
        self._days[of] = today
        return None

    def _sealed(self, message: Message, composed: Composed, token: str) -> Sealed | None:
        try:
            return envelope.seal(
                self._settings, self._company, self._profile, message, composed,
                token=token, now=self._now(),
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001  # one odd name must not hold the others back
            _log.exception("message %s cannot be written", message.public_id)
            self._unsent.append(Result(message, "failed", "error", type(error).__name__))
            return None

    def _hand_over(self, message: Message, composed: Composed, token: str, sealed: Sealed) -> bool:
        """Note that it leaves, with the result of the one before; whether it may."""
        letter = HandOver(
            message,
            token=token,
            link_days=links.lifetime(self._company.link_days, composed.last_due, composed.as_of),
            raw=sealed.kept,
            rfc_message_id=sealed.rfc_message_id,
            subject=sealed.subject,
            as_of=composed.as_of,
            publication_id=composed.publication_id,
            transport=self._way.name,
            redirected=sealed.redirected,
        )

        def write() -> bool:
            now = self._now()
            return dispatch.hand_over(
                self._store, self._claim, letter,
                before=self._pending, now=now, until=now + self._lease,
            )  # fmt: skip

        goes = _patiently(write)
        before, self._pending = self._pending, None
        if before is not None:
            self._settled(before)
        return goes

    def _result(self, message: Message, answer: Answer) -> Result:
        """What a transport's answer means for the message."""
        now = self._now()
        if answer.what == "accepted":
            return Result(message, "sent", detail=answer.detail)
        if answer.what == "unknown":
            return Result(message, "unknown", "no_answer", answer.detail)
        if answer.what == "refused":
            reason: Reason = answer.reason or "refused"
            # In test mode the answer is about the test address.
            is_dead = answer.is_dead and not self._profile.test_address
            return Result(message, "failed", reason, answer.detail, is_dead=is_dead)
        again = backoff.again_at(message.attempts + 1, message.trying_since, now)
        if again is None:
            return Result(message, "failed", "gave_up", answer.detail)
        return Result(message, "deferred", answer.reason or "deferred", answer.detail, again)

    def _goes_on(self) -> bool:
        """Whether the company still writes; now and then, also hold on to what is claimed."""
        if time.monotonic() - self._checked < CHECK_SECONDS:
            return True
        self._checked = time.monotonic()
        self._flush()
        profile = companies.mail_profile(self._store, self._company.id)
        claims.renew(self._store, self._claim, until=self._now() + self._lease)
        return profile.is_on and profile.test_address == self._profile.test_address

    def _flush(self) -> None:
        results = [*([self._pending] if self._pending else ()), *self._unsent]
        self._pending, self._unsent = None, []
        self._settle(results)

    def _settle(self, results: Sequence[Result]) -> None:
        if results:
            _patiently(lambda: dispatch.settle(self._store, self._claim, results, now=self._now()))
            for result in results:
                self._settled(result)


def _in_groups(items: Iterable[_T]) -> Iterator[_T]:
    """The same items, made some at a time."""
    waiting = iter(items)
    while group := list(islice(waiting, GROUP)):
        yield from group


def _is_reminder(message: Message) -> bool:
    """Whether it collects: a copy for somebody who works here reaches no client."""
    return message.kind == "reminder" and not message.is_copy


def _held_back(message: Message, stops: Sequence[stopped.Stop]) -> Reason:
    """Why the address gets nothing. Whoever works here gets copies, whatever they unsubscribed."""
    causes = [stop.cause for stop in stops if stop.holds_back(message.kind)]
    return stopped.reason_to_stop(causes, message.kind, is_copy=message.is_copy) or ""


def _patiently(act: Callable[[], _T]) -> _T:
    """Do something in the store, again where it was busy; it is all or nothing each time."""
    for tried in range(1, STORE_TRIES):
        try:
            return act()
        except OperationalError:
            _log.warning("the store did not answer; trying again")
            time.sleep(0.2 * tried)
    return act()


def _reason(code: str) -> Reason:
    return code  # type: ignore[return-value]  # the composer's codes are among them
