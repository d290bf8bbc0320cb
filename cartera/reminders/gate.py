"""The last look before a reminder leaves: is anybody to be reminded at this moment?

A message may stand in the outbox for hours: put off by a server, behind a long mailing, or
because the machine was off. It was decided inside the window; here it is kept inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Self

from cartera.calendar import Calendar
from cartera.config import Company
from cartera.reminders.window import ContactWindow, window_of
from cartera.store import reminder_policy
from cartera.store.db import Store

#: A window that does not open within a year is looked at again after this.
AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gate:
    """A company's reminders at the door. `is_on`: it reminds at all."""

    is_on: bool
    window: ContactWindow
    calendar: Calendar
    timezone: str

    @classmethod
    def of(cls, store: Store, company: Company) -> Self:
        """As the company's rules stand now."""
        policy = reminder_policy.policy(store, company.id)
        calendar = Calendar(company.country)
        return cls(policy.is_on, window_of(policy, company), calendar, company.timezone)

    def is_open(self, now: datetime, *, hour: time) -> bool:
        """Whether reminders are decided at that moment: within the window, and from `hour` on."""
        return self.window.wait(self.calendar, now, self.timezone, hour=hour) is None

    def opens_at(self, now: datetime) -> datetime | None:
        """When reminders may leave again; None: they may leave now."""
        if self.window.allows(self.calendar, now, self.timezone):
            return None
        return self.window.next_opening(self.calendar, now, self.timezone) or now + AGAIN
