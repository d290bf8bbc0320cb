"""The words of a statement, the same in every form of it: types, states, ranges, sentences.

English texts are the keys of `cartera/locale/<language>/statement.po`. A code that is not known
(a kind added later) is shown as it came rather than hidden.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from cartera.i18n import Translator
from cartera.render.text import clip
from cartera.statement import Allocation, Item, Line, Section, Statement

TITLES = {
    "open": "Account statement",
    "activity": "Account activity",
    "forward": "Account statement, balance forward",
}
TYPES = {
    "invoice": "Invoice",
    "debit_note": "Debit note",
    "credit_note": "Credit note",
    "payment": "Payment",
    "refund": "Refund",
}
KINDS = {
    "payment": "Payment",
    "credit": "Credit note",
    "refund": "Refund",
    "withholding": "Withholding",
    "discount": "Discount",
    "write_off": "Write-off",
    "exchange": "Exchange difference",
    "void": "Voiding",
}
STATUSES = {"open": "Pending", "partial": "Partly paid", "paid": "Paid", "void": "Void"}
#: Money in favour is not paid but used up; and a payment is masculine in Spanish.
IN_FAVOUR = {"open": "Unapplied", "partial": "Partly applied", "paid": "Applied", "void": "Voided"}
BUCKETS = {"current": "Not yet due", "unapplied": "Credit balance"}


class Words:
    """The words of one language; `day` and `amount` write figures as people there do."""

    def __init__(self, language: str, country: str) -> None:
        self._translator = Translator(language, country)
        self.language = self._translator.language
        self.t = self._translator.t
        self.day = self._translator.day
        self.money = self._translator.money

    @classmethod
    def of(cls, statement: Statement) -> Words:
        """The words in which this statement speaks."""
        return cls(statement.language, statement.country)

    def amount(self, amount: Decimal, currency: str) -> str:
        """An amount with its currency: `USD 1,234.50`."""
        # A no-break space: a figure never stands on another line than its currency.
        return f"{clip(currency, 8)}\u00a0{self.money(amount, currency)}"

    def title(self, kind: str) -> str:
        """What the document is called."""
        return self.t(TITLES[kind])

    def type(self, name: str) -> str:
        """Name of a document or movement."""
        found = TYPES.get(name) or KINDS.get(name)
        return self.t(found) if found else clip(name)

    def kind(self, name: str) -> str:
        """Name of what was applied."""
        return self.t(KINDS[name]) if name in KINDS else clip(name)

    def purchase_order(self, number: str | None) -> str:
        """The client's order, named; empty for none."""
        return self.t("Purchase order {number}", number=clip(number)) if number else ""

    def status(self, item: Item) -> str:
        """How far an item is settled; being overdue is said apart, by `overdue`."""
        words = IN_FAVOUR if item.type in ("payment", "credit_note") else STATUSES
        if item.type == "credit_note" and item.status == "void":
            words = STATUSES
        return self.t(words[item.status])

    def overdue(self, item: Item) -> str:
        """`Overdue` where the item is; otherwise empty."""
        return self.t("Overdue") if item.overdue else ""

    def marks(self, item: Item) -> str:
        """What is said about an item beside its status: disputed, being paid, and so on."""
        said = [self.t("Disputed")] if item.disputed else []
        if item.paying:
            said.append(self.t("Being paid"))
        if item.reported:
            said.append(self.t("Payment reported, to be confirmed"))
        if item.promised is not None:
            said.append(self.t("Payment promised for {day}", day=self.day(item.promised)))
        return " · ".join(said)

    def void(self, line: Line) -> str:
        """`Void` where the line is; otherwise empty."""
        masculine = line.type in ("payment", "discount", "write_off")
        return self.t("Voided" if masculine else "Void") if line.void else ""

    def days(self, item: Item) -> str:
        """When an open debt falls due, in words; empty for what is settled or in favour."""
        if item.bucket == "unapplied" or item.status in ("paid", "void"):
            return ""
        return self.overdue_by(item.days_overdue)

    def overdue_by(self, days: int) -> str:
        """How far a due date is away; negative: it is still to come."""
        if days == 0:
            return self.t("due today")
        if abs(days) == 1:
            return self.t("1 day overdue" if days > 0 else "due in 1 day")
        return self.t("{days} days overdue" if days > 0 else "due in {days} days", days=abs(days))

    def bucket(self, name: str) -> str:
        """Name of an aging range; the warehouse calls them `current`, `1-30`, `90+`."""
        if name in BUCKETS:
            return self.t(BUCKETS[name])
        if closed := re.fullmatch(r"(\d+)-(\d+)", name):
            return self.t("{first} to {last} days", first=closed[1], last=closed[2])
        if last := re.fullmatch(r"(\d+)\+", name):
            return self.t("Over {days} days", days=last[1])
        return clip(name)

    def basis(self, name: str) -> str:
        """How the ages were counted."""
        return self.t("Ages by issue date" if name == "issue_date" else "Ages by due date")

    def period(self, first: date | None, last: date | None) -> str:
        """`From 01/10/2026 to 31/10/2026`; empty without both ends."""
        if first is None or last is None:
            return ""
        return self.t("From {first} to {last}", first=self.day(first), last=self.day(last))

    def applied(self, allocation: Allocation, to: Item | None = None) -> str:
        """What was applied, in one line: `Withholding · ReteFuente 2.5 %`.

        Under a payment or credit note (`to`) its own name is not said again: `to FE-1042`.
        """
        if to is not None and to.type in ("payment", "credit_note") and allocation.number:
            parts = [self.t("to {number}", number=clip(allocation.number)), clip(allocation.label)]
            return " · ".join(part for part in parts if part)
        parts = [self.kind(allocation.kind), clip(allocation.reference), clip(allocation.label)]
        if allocation.number:
            parts.append(self.t("to {number}", number=clip(allocation.number)))
        return " · ".join(dict.fromkeys(part for part in parts if part))

    def summary(self, statement: Statement) -> list[str]:
        """What is owed and what of it is overdue: one sentence for each currency."""
        day = self.day(statement.as_of)
        if not statement.sections:
            return [self.t("As of {day} you have no balance due.", day=day)]
        return [self._sentence(section, day) for section in statement.sections]

    def _sentence(self, section: Section, day: str) -> str:
        total, overdue, unapplied = section.total, section.overdue, section.unapplied
        if total < 0 and overdue > 0:
            text = "As of {day} you have {credit} in your favour, with {overdue} overdue to offset."
        elif total < 0:
            text = "As of {day} you have {credit} in your favour."
        elif unapplied < 0 and overdue > 0:
            # Not "of which": the total is what is left once that money is set off.
            text = (
                "As of {day} your balance is {total}: {overdue} is overdue and {unapplied} "
                "in your favour is not yet applied."
            )
        elif total == 0:
            text = "As of {day} you have no balance due in {currency}."
        elif unapplied < 0:
            text = (
                "As of {day} your balance is {total}: nothing is overdue and {unapplied} "
                "in your favour is not yet applied."
            )
        elif overdue == total:
            text = "As of {day} your balance is {total}, all of it overdue."
        elif overdue > 0:
            text = "As of {day} your balance is {total}, of which {overdue} is overdue."
        else:
            text = "As of {day} your balance is {total}; nothing is overdue."
        return self.t(
            text,
            day=day,
            currency=clip(section.currency, 8),
            total=self.amount(total, section.currency),
            overdue=self.amount(overdue, section.currency),
            credit=self.amount(-total, section.currency),
            unapplied=self.amount(-unapplied, section.currency),
        )
