"""How a company writes: senders, switches and pace, as its settings page keeps them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from cartera.reminders.rules import Level

if TYPE_CHECKING:
    from cartera.config import Company
    from cartera.mail.outgoing import Kind


class MailProfile(BaseModel):
    """A company's settings of mail; `cartera.store.companies` reads and saves them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    #: Off: nothing of this company leaves; what is queued waits.
    is_on: bool = True
    #: Test mode: everything goes to this one address instead; empty: off.
    test_address: str = ""
    #: Who writes; empty: the company's own name and address.
    sender_name: str = ""
    statement_sender: str = ""
    reminder_sender: str = ""
    #: Reminders of a level come from an address of their own.
    reminder_senders: dict[Level, str] = {}
    #: Where answers go; empty: the sender.
    reply_to: str = ""
    #: "Incluir estado de cuenta cliente en facturas de venta" (A12).
    statement_in_invoices: bool = False
    #: New invoices are mailed when they arrive; since when: what was there before is history.
    mails_new_invoices: bool = False
    new_invoices_since: datetime | None = None
    #: Files that are ticked when somebody opens the window to send.
    attaches_pdf: bool = True
    attaches_xlsx: bool = False
    #: Messages a minute to one receiving domain.
    per_minute: int = Field(default=120, ge=1, le=60_000)
    #: Days that the messages themselves are kept; that they were sent is kept for good.
    keep_days: int = Field(default=730, ge=1, le=3660)

    def sender(self, kind: Kind, company: Company, level: str = "") -> tuple[str, str]:
        """Name and address that mail comes from; no address: none was ever set.

        `level` is a reminder's.
        """
        of_level = {str(name): address for name, address in self.reminder_senders.items()}
        own = (of_level.get(level) or self.reminder_sender) if kind == "reminder" else ""
        return (
            self.sender_name or company.name,
            own or self.statement_sender or company.email,
        )
