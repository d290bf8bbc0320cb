"""Which reminders a company sends: its rules, and what holds for all of them.

Days are counted from an item's due date: negative before it, 0 on it, positive after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cartera.errors import UsageError
from cartera.reminders.window import ContactWindow

#: How a reminder speaks, from the mildest to the firmest.
Level = Literal["upcoming", "due", "first", "second", "final"]
LEVELS: tuple[Level, ...] = get_args(Level)
#: Files that can go with a reminder.
Enclosure = Literal["pdf", "xlsx"]
MOST_RULES = 50

_Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
_Amount = Annotated[Decimal, Field(ge=0, le=Decimal(10) ** 18, allow_inf_nan=False)]
_Group = Annotated[str, Field(min_length=1, max_length=200)]


class Rule(BaseModel):
    """One reminder of an item, and how often it is repeated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Names it for good: what was sent under it is known by it, whatever is changed of the rule.
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    days: int = Field(ge=-365, le=3650)
    level: Level
    #: Days between repetitions (0: none), and how many may follow the first reminder.
    repeat_days: int = Field(default=0, ge=0, le=365)
    repeat_times: int = Field(default=0, ge=0, le=100)
    #: Client groups that it is for; empty: all clients.
    groups: tuple[_Group, ...] = ()
    is_on: bool = True

    @model_validator(mode="after")
    def _repeats(self) -> Self:
        if (self.repeat_days == 0) != (self.repeat_times == 0):
            raise ValueError("a repetition needs both: every how many days, and how many times")
        return self

    def is_for(self, group: str) -> bool:
        """Whether it is for clients of that group ("" for a client without one)."""
        return not self.groups or group in self.groups


DEFAULT_RULES = (
    Rule(id="upcoming", days=-3, level="upcoming"),
    Rule(id="due", days=0, level="due"),
    Rule(id="first", days=5, level="first"),
    Rule(id="second", days=15, level="second"),
    Rule(id="final", days=30, level="final", repeat_days=15, repeat_times=2),
)


class Policy(BaseModel):
    """A company's reminders. Off until somebody switches them on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_on: bool = False
    rules: tuple[Rule, ...] = Field(default=DEFAULT_RULES, max_length=MOST_RULES)
    #: Reminders of a day go out from this hour on, in the company's time zone.
    hour: time = time(9)
    #: Days at least between two reminders to a client, whatever the rule.
    gap_days: int = Field(default=3, ge=1, le=365)
    #: What a client must owe in a currency to be reminded of it.
    minimums: dict[_Currency, _Amount] = {}
    #: Days after which payment data is too old to remind anybody; 0: any age will do.
    stale_days: int = Field(default=4, ge=0, le=365)
    #: None: the country's.
    window: ContactWindow | None = None
    #: The summary of the account stands in the mail; files that go with it.
    statement: bool = True
    enclosures: tuple[Enclosure, ...] = ("pdf",)

    @model_validator(mode="after")
    def _plain(self) -> Self:
        if self.hour.tzinfo is not None:
            raise ValueError("the hour is one of the company's own time zone")
        ids = [rule.id for rule in self.rules]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"two rules have the same name: {', '.join(twice)}")
        if len(set(self.enclosures)) < len(self.enclosures):
            raise ValueError("each kind of file goes with a reminder once")
        return self

    @property
    def as_if_on(self) -> Policy:
        """The same rules, switched on: looking is for deciding whether to switch them on."""
        return self.model_copy(update={"is_on": True})

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that name; None where it was deleted since."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def to_json(self) -> dict[str, Any]:
        """As the store keeps it."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Policy:
        """As the store kept it. Raises `UsageError`."""
        try:
            return cls.model_validate(kept)
        except ValidationError as error:
            said = error.errors()[0]
            where = ".".join(str(part) for part in said["loc"])
            raise UsageError(f"rules of reminders: {where}: {said['msg']}") from None
