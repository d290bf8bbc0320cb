"""What a decision about reminders goes by, and what it says.

What a large company has hundreds of thousands of are named tuples, made in half the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from cartera.reminders.rules import Level, Rule
from cartera.store.contacts import Contact

Outcome = Literal["send", "wait", "nothing"]
#: send: due. wait: window (until when; `details` has `why` and `holiday`), stale_data (no payments
#: for too long), in_outbox (an earlier reminder has not left yet). All else: nothing is sent.
Reason = Literal[
    "due", "window", "stale_data", "in_outbox", "off", "no_open_items", "covered",
    "below_minimum", "disputed", "paused", "no_rule", "already_sent", "gap", "no_contact",
    "stopped",
]  # fmt: skip
Problem = Literal["", "no_contact", "stopped"]


class Item(NamedTuple):
    """What has a due date of its own: a document, or one instalment of it (0: it has none)."""

    document_id: str
    number: str
    instalment: int
    currency: str
    due_date: date
    is_disputed: bool = False
    #: What is still owed of it.
    open: Decimal = Decimal(0)


def is_covered(
    favour: Decimal, owed: Iterable[tuple[date, Decimal]], wanted: Iterable[date]
) -> bool:
    """Whether money in favour is enough for what falls due on the wanted days, and for all that
    falls due before: it pays the oldest first, as on the client's page. `owed` is what may be asked
    for, in one currency: not what is disputed.
    """
    latest = max(wanted)
    before = sum((amount for day, amount in owed if day <= latest), Decimal())
    return favour > 0 and favour >= before


@dataclass(frozen=True, slots=True)
class Client:
    """A client with what it owes. `balances`: net of money not applied yet, by currency."""

    client_id: str
    name: str
    group: str
    language: str
    balances: Mapping[str, Decimal]
    items: tuple[Item, ...]
    #: Who would get a reminder.
    contacts: tuple[Contact, ...]
    #: Why nobody does.
    problem: Problem = ""


class Sent(NamedTuple):
    """An item that a client was reminded of under a rule, on a day of the company's."""

    document_id: str
    instalment: int
    rule_id: str
    day: date


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody's pause of a client: of one document or all (""), to one address or all ("").

    `until` is its last day; None: until it is lifted.
    """

    document_id: str
    address: str
    until: date | None
    cause: str


class Due(NamedTuple):
    """An item and the rule that speaks of it."""

    item: Item
    rule: Rule


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to one client, and what decided it.

    `rule_id`: the rule that decided: of the firmest item, or the one that comes next. `until`:
    when it goes out at the earliest, as far as is known now, in the company's time zone.
    """

    client_id: str
    name: str
    outcome: Outcome
    reason: Reason
    until: datetime | None = None
    rule_id: str = ""
    level: Level | None = None
    due: tuple[Due, ...] = ()
    contacts: tuple[Contact, ...] = ()
    #: Whom contacts without a language of their own are written to in.
    language: str = ""
    #: More about the reason, by name, for `cartera.reminders.words`.
    details: Mapping[str, str] = field(default_factory=dict)
