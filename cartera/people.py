"""Who acts, and what they may do: roles are checked here, in the core, at every act.

Whatever changes something takes a `Person` and asks `person.must(...)` before it does anything.
Hiding a button is a courtesy; this is the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cartera.errors import Forbidden

Role = Literal["administrator", "reader"]
ROLES: tuple[Role, ...] = ("administrator", "reader")
#: What a person can be allowed to do. Looking at accounts needs only to be one of the company's.
Act = Literal["read", "links", "upload", "users", "mail", "clients", "settings"]
ALLOWED: dict[Role, frozenset[Act]] = {
    "administrator": frozenset({"read", "links", "upload", "users", "mail", "clients", "settings"}),
    "reader": frozenset({"read"}),
}
#: Login of what runs by itself.
PIPELINE = "pipeline"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of one company: `login` is what the audit trail says."""

    login: str
    company_id: str
    role: Role
    name: str = ""

    def may(self, act: Act, company_id: str | None = None) -> bool:
        """Whether this person may do that, in this company (default: their own)."""
        return company_id in (None, self.company_id) and act in ALLOWED[self.role]

    def must(self, act: Act, company_id: str | None = None) -> None:
        """Raise `Forbidden` unless `may`."""
        if not self.may(act, company_id):
            raise Forbidden(self.login, act)


def operator(company_id: str) -> Person:
    """Whoever has a shell on the machine: may do everything, in the company they name."""
    return Person("command line", company_id, "administrator")


def pipeline(company_id: str) -> Person:
    """What runs by itself, by the company's own settings: nobody pressed a button."""
    return Person(PIPELINE, company_id, "administrator")
