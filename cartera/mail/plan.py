"""A mailing before it is one: who would get what, and who would not and why.

Nobody that the choice finds is left out in silence: a client to whom nothing can be sent stands
in the plan with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

from cartera.config import Company
from cartera.errors import UsageError
from cartera.i18n import LANGUAGES
from cartera.mail.outgoing import Content, Draft, Kind
from cartera.portfolio import Only
from cartera.store import stopped as stops
from cartera.store.contacts import Contact, contacts_of
from cartera.store.db import Store
from cartera.store.stopped import Stop
from cartera.warehouse.mail_clients import Balance, MailClient, MailClientsAsked
from cartera.warehouse.reader import Reader

#: "": can be sent; no_contact: nobody of the client gets this kind of mail; stopped: those who
#: would have dead addresses, or asked for no more.
Problem = Literal["", "no_contact", "stopped"]
#: More is no minimum but a slip of the keyboard.
LARGEST = Decimal(10) ** 18


@dataclass(frozen=True, slots=True)
class Choice:
    """Which clients a mailing is for. `minimum` is of the overdue amount with `only` overdue,
    else of the balance, in one currency at least.
    """

    only: Only = "balance"
    currency: str | None = None
    #: Client groups that it is for; empty: all clients.
    groups: tuple[str, ...] = ()
    minimum: Decimal | None = None
    text: str = ""

    def __post_init__(self) -> None:
        """Raise `UsageError` where it asks for what cannot be."""
        if self.only not in get_args(Only):
            raise UsageError(f"clients can be narrowed to {get_args(Only)}, not {self.only!r}")
        if self.minimum is not None and not 0 <= self.minimum <= LARGEST:
            raise UsageError(f"the minimum must be an amount from 0 on, not {self.minimum}")

    def to_json(self) -> dict[str, Any]:
        """As the store keeps it."""
        minimum = None if self.minimum is None else f"{self.minimum:f}"
        return {
            "only": self.only,
            "currency": self.currency,
            "groups": list(self.groups),
            "minimum": minimum,
            "text": self.text,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Choice:
        """As the store kept it, or a page's address names it. Raises `UsageError`.

        One `group` alone is how an address names it, and how it was kept before there were more.
        """
        minimum = kept.get("minimum")
        try:
            amount = None if minimum in (None, "") else Decimal(str(minimum))
            if amount is not None and not amount.is_finite():
                raise InvalidOperation
        except InvalidOperation:
            raise UsageError(f"the minimum must be an amount, not {minimum!r}") from None
        return cls(
            only=kept.get("only") or "balance",
            currency=kept.get("currency") or None,
            groups=tuple(kept.get("groups") or filter(None, [kept.get("group")])),
            minimum=amount,
            text=kept.get("text") or "",
        )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A contact who would get this kind of mail, and what keeps it back."""

    contact: Contact
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One client: whom the message goes to, or the problem."""

    client_id: str
    name: str
    language: str
    balances: tuple[Balance, ...]
    recipients: tuple[Contact, ...]
    left_out: tuple[LeftOut, ...]
    problem: Problem


@dataclass(frozen=True, slots=True)
class Plan:
    """All clients that a choice finds, by name."""

    kind: Kind
    as_of: date
    choice: Choice
    rows: tuple[PlanRow, ...]

    @property
    def ready(self) -> tuple[PlanRow, ...]:
        """Clients who get something."""
        return tuple(row for row in self.rows if not row.problem)

    @property
    def unready(self) -> tuple[PlanRow, ...]:
        """Clients who get nothing, each with its problem."""
        return tuple(row for row in self.rows if row.problem)

    @property
    def messages(self) -> int:
        """How many messages that makes."""
        return sum(len(row.recipients) for row in self.rows)


def plan(
    reader: Reader, store: Store, company: Company, choice: Choice, *, kind: Kind, as_of: date
) -> Plan:
    """Who would get a mailing of this kind now."""
    return plan_for(
        reader.mail_clients(company, asked(choice, as_of)), store, company, choice, kind, as_of
    )


def asked(choice: Choice, as_of: date) -> MailClientsAsked:
    """What the choice means, on a day, to whoever looks for clients."""
    return MailClientsAsked(
        as_of, choice.only, choice.currency, choice.groups, choice.minimum, choice.text
    )


def plan_one(
    reader: Reader, store: Store, company: Company, client_id: str, *, kind: Kind, as_of: date
) -> PlanRow | None:
    """The same of one client, whatever it owes; None where the company does not have it."""
    clients = reader.mail_clients(company, MailClientsAsked(as_of, client_ids=(client_id,)))
    rows = plan_for(clients, store, company, Choice("all"), kind, as_of).rows
    return rows[0] if rows else None


def plan_for(
    clients: tuple[MailClient, ...],
    store: Store,
    company: Company,
    choice: Choice,
    kind: Kind,
    as_of: date,
) -> Plan:
    """The plan for clients that were found already."""
    records = {client.client_id: (client.emails, client.language) for client in clients}
    contacts = contacts_of(store, company.id, records)
    wanting = {
        client.client_id: [c for c in contacts.get(client.client_id, ()) if c.wants(kind)]
        for client in clients
    }
    addresses = dict.fromkeys(c.address for those in wanting.values() for c in those)
    halted = {
        address: tuple(stop for stop in found if stop.holds_back(kind))
        for address, found in stops.stopped(store, company.id, addresses).items()
    }
    rows = (_row(client, wanting[client.client_id], halted, company) for client in clients)
    return Plan(kind, as_of, choice, tuple(rows))


def _row(
    client: MailClient,
    contacts: list[Contact],
    halted: Mapping[str, tuple[Stop, ...]],
    company: Company,
) -> PlanRow:
    recipients = tuple(c for c in contacts if not halted.get(c.address))
    left_out = tuple(LeftOut(c, halted[c.address]) for c in contacts if halted.get(c.address))
    problem: Problem = "" if recipients else "stopped" if left_out else "no_contact"
    return PlanRow(
        client_id=client.client_id,
        name=client.name,
        language=spoken(client.language, company.language),
        balances=client.balances,
        recipients=recipients,
        left_out=left_out,
        problem=problem,
    )


def drafts(
    plan: Plan,
    run_key: str,
    content: Content | Mapping[str, Content] | None = None,
    *,
    is_periodic: bool = True,
) -> list[Draft]:
    """One message for each client and contact, in the contact's language.

    `run_key` names the run: the same run never writes to the same contact twice. `content` may
    differ by language; where there is none, the message says what its mailing says.
    """
    return list(_drafts(plan, run_key, content, is_periodic))


def drafts_to(
    row: PlanRow,
    addresses: Sequence[str],
    *,
    kind: Kind,
    run_key: str,
    content: Callable[[str], Content],
    document_id: str | None = None,
    copy_to: str = "",
) -> list[Draft]:
    """One client's messages to addresses that a person named, and the copy for that person.

    Who is a contact is written to in their own language, everybody else in the client's.
    """
    known = {contact.address: contact for contact in row.recipients}
    about = row.client_id if document_id is None else f"{row.client_id}:{document_id}"
    made = []
    for address in addresses:
        contact = known.get(address)
        language = spoken(contact.language if contact else "", row.language)
        made.append(
            Draft(
                key=f"{kind}:{run_key}:{about}:{address}",
                kind=kind,
                client_id=row.client_id,
                address=address,
                contact=contact.name if contact else "",
                language=language,
                document_id=document_id,
                content=content(language),
            )
        )
    if copy_to and made:
        first = made[0]
        key = f"{kind}:{run_key}:{about}:{copy_to}:copy"
        made.append(replace(first, key=key, address=copy_to, contact=row.name, is_copy=True))
    return made


def _drafts(
    plan: Plan, run_key: str, content: Content | Mapping[str, Content] | None, is_periodic: bool
) -> Iterator[Draft]:
    for row in plan.rows:
        for contact in row.recipients:
            language = spoken(contact.language, row.language)
            said = content.get(language) if isinstance(content, Mapping) else content
            yield Draft(
                key=f"{plan.kind}:{run_key}:{row.client_id}:{contact.address}",
                kind=plan.kind,
                client_id=row.client_id,
                address=contact.address,
                contact=contact.name,
                language=language,
                is_periodic=is_periodic,
                content=said,
            )


def spoken(wanted: str, fallback: str) -> str:
    """The language of a message: the one that a record asks for, where there are words in it."""
    short = wanted.strip().lower()[:2]
    return short if short in LANGUAGES else fallback
