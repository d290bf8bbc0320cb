"""The vocabulary of notices: what a client tells the company, and what becomes of it.

payment: one that the client made; it counts once staff accept it. promise: to pay by a day, and
reminders wait for that day. dispute: something is wrong with a document; it is marked and not
reminded of, and stays in the balance. comment: words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, get_args

from cartera.mail.refusal import Refusal
from cartera.money import MAX_AMOUNT, currency_decimals
from cartera.render.text import clean, visible

Kind = Literal["payment", "promise", "dispute", "comment"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: open: nobody decided yet. accepted: a payment is in the ledger (or on its way), a dispute was
#: found right. rejected: a payment that nobody received, a dispute that was found wrong. closed:
#: staff are done with it (a promise, a comment). withdrawn: the client took it back.
State = Literal["open", "accepted", "rejected", "closed", "withdrawn"]
STATES: tuple[State, ...] = get_args(State)
#: What may become of an open one, by whom works here.
VERDICTS: Mapping[Kind, tuple[State, ...]] = {
    "payment": ("accepted", "rejected"),
    "promise": ("closed",),
    "dispute": ("accepted", "rejected", "closed"),
    "comment": ("closed",),
}
#: Why a client disputes a document, by code; English texts of `cartera/locale/*/notices.po`.
WHYS: Mapping[str, str] = {
    "amount": "The amount is wrong",
    "goods": "Goods or services are missing or faulty",
    "paid": "It was paid already",
    "unknown": "We do not know this document",
    "other": "Another reason",
}
#: How a client paid, by code.
METHODS: Mapping[str, str] = {
    "transfer": "Bank transfer",
    "deposit": "Bank deposit",
    "cash": "Cash",
    "cheque": "Cheque",
    "card": "Card",
    "other": "Another way",
}
#: Letters of a comment, of a reference, and documents of one notice.
LONGEST_TEXT = 2_000
LONGEST_REFERENCE = 80
MOST_DOCUMENTS = 200
#: Days back that a payment may be dated; older ones are a matter for people.
OLDEST_DAYS = 400
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


def check_amount(amount: Decimal, currency: str) -> None:
    """Raise `Refusal` for what cannot be an amount of money in a currency."""
    decimals = currency_decimals().get(currency)
    if decimals is None:
        raise Refusal("there is no such currency")
    if not (amount.is_finite() and 0 < amount <= MAX_AMOUNT):
        raise Refusal("the amount must be more than nothing")
    if amount != amount.quantize(Decimal(1).scaleb(-decimals)):
        raise Refusal("{currency} has {decimals} decimals", currency=currency, decimals=decimals)


@dataclass(frozen=True, slots=True)
class NoticeDocument:
    """A document that a notice is about; `open` is what the client owed of it at that moment."""

    document_id: str
    number: str
    open: Decimal


@dataclass(frozen=True, slots=True)
class Proof:
    """A payment's proof, checked (`cartera.notices.proofs`)."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """A notice to write down. `key` is the form's: sent twice, it is one notice.

    Raises `Refusal` for what cannot be. Whether the documents are the client's is for whoever
    makes it: `cartera.notices.writing`.
    """

    kind: Kind
    key: str
    documents: tuple[NoticeDocument, ...] = ()
    text: str = ""
    reason: str = ""
    currency: str = ""
    amount: Decimal | None = None
    day: date | None = None
    method: str = ""
    reference: str = ""
    proof: Proof | None = None

    def __post_init__(self) -> None:
        """Clean the texts, and refuse what makes no sense whoever sends it."""
        if self.kind not in KINDS or not _KEY.fullmatch(self.key):
            raise Refusal("this form cannot be used; open the page once more")
        said = visible(self.text).strip()
        # Zero-width letters alone say nothing.
        is_seen = any(letter.isprintable() and letter != " " for letter in said)
        object.__setattr__(self, "text", said if is_seen else "")
        object.__setattr__(self, "reference", clean(self.reference))
        if len(self.text) > LONGEST_TEXT:
            raise Refusal("at most {most} characters fit", most=f"{LONGEST_TEXT:,}")
        if len(self.reference) > LONGEST_REFERENCE:
            raise Refusal("the reference has at most {most} characters", most=LONGEST_REFERENCE)
        if len(self.documents) > MOST_DOCUMENTS:
            raise Refusal("choose at most {most} documents", most=MOST_DOCUMENTS)
        if self.amount is not None:
            check_amount(self.amount, self.currency)
        _NEEDS[self.kind](self)


def _payment(draft: NoticeDraft) -> None:
    if draft.amount is None:
        raise Refusal("say how much was paid")
    if draft.day is None:
        raise Refusal("say on which day it was paid")
    if draft.method not in METHODS:
        raise Refusal("say how it was paid")


def _promise(draft: NoticeDraft) -> None:
    if draft.day is None:
        raise Refusal("say by which day you will pay")
    if not draft.documents:
        raise Refusal("choose at least one document")


def _dispute(draft: NoticeDraft) -> None:
    if len(draft.documents) != 1:
        raise Refusal("choose the document that is wrong")
    if draft.reason not in WHYS:
        raise Refusal("say what is wrong")
    if draft.reason == "other" and not draft.text:
        raise Refusal("say what is wrong in your own words")


def _comment(draft: NoticeDraft) -> None:
    if not draft.text:
        raise Refusal("write something first")


_NEEDS = {"payment": _payment, "promise": _promise, "dispute": _dispute, "comment": _comment}


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody said about a notice afterwards; `who` is a login, or the client's contact."""

    at: datetime
    who: str
    is_client: bool
    text: str


@dataclass(frozen=True, slots=True)
class ProofInfo:
    """What is known of a proof without reading it."""

    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Notice:
    """What a client told the company. `contact` is whom the link was made for."""

    id: int
    public_id: str
    company_id: str
    client_id: str
    kind: Kind
    state: State
    contact: str
    link_id: str
    language: str
    text: str
    reason: str
    currency: str
    amount: Decimal | None
    day: date | None
    method: str
    reference: str
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    documents: tuple[NoticeDocument, ...] = ()
    answers: tuple[Answer, ...] = ()
    proof: ProofInfo | None = None

    @property
    def numbers(self) -> tuple[str, ...]:
        """The documents as people call them."""
        return tuple(document.number for document in self.documents)
