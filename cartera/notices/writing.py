"""From what a client's form says to a notice that can be written down.

A form is a stranger's: its documents are looked up among the open ones of the client's own
statement, and one of another client is as unknown as one that never was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from cartera.errors import CarteraError
from cartera.mail.refusal import Refusal
from cartera.notices import proofs
from cartera.notices.rights import OF_KIND, Rights
from cartera.notices.terms import (
    LONGEST_REFERENCE,
    LONGEST_TEXT,
    METHODS,
    MOST_DOCUMENTS,
    OLDEST_DAYS,
    WHYS,
    Kind,
    Notice,
    NoticeDocument,
    NoticeDraft,
    Proof,
)
from cartera.statement import Item, Statement
from cartera.store.client_edits import amount as typed_amount

#: Letters of a field that are looked at: more is no person.
LONGEST_FIELD = 4_000
_T = TypeVar("_T")
UNKNOWN = "one of these documents is no longer open; choose again"


class NotAllowed(CarteraError):
    """What this client may not do on their page."""


class Wrong(CarteraError):
    """What was typed cannot be taken: a refusal by field, "" for the form as a whole."""

    def __init__(self, fields: Mapping[str, Refusal]) -> None:
        super().__init__("; ".join(str(refusal) for refusal in fields.values()))
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Form:
    """What a browser sent: texts by field, the documents that were ticked, and a file."""

    key: str
    texts: Mapping[str, str] = field(default_factory=dict)
    documents: tuple[str, ...] = ()
    file_name: str = ""
    file: bytes | None = field(default=None, repr=False)

    def text(self, name: str) -> str:
        """What was typed there."""
        return self.texts.get(name, "")[:LONGEST_FIELD]


def open_items(statement: Statement) -> dict[str, tuple[str, Item]]:
    """What the client owes: currency and item by document id, in the statement's order."""
    return {
        item.document_id: (section.currency, item)
        for section in statement.sections
        for item in section.items
        if item.open > 0
    }


def draft(
    kind: Kind,
    form: Form,
    *,
    statement: Statement,
    rights: Rights,
    today: date,
    earlier: Iterable[Notice] = (),
) -> NoticeDraft:
    """The notice. Raises `NotAllowed`, or `Wrong` with all that is.

    `earlier` are the client's open notices: a payment is not reported twice.
    """
    if not rights.may(OF_KIND[kind]):
        raise NotAllowed(f"this client may not write a {kind}")
    taken = _Taken(form, open_items(statement))
    documents = taken.of("documents", taken.documents) or ()
    taken.of("text", lambda: _short(form, "text", LONGEST_TEXT))
    taken.of("reference", lambda: _short(form, "reference", LONGEST_REFERENCE))
    if kind == "payment":
        made = _payment(taken, documents, today, earlier)
    elif kind == "promise":
        made = _promise(taken, documents, today, rights.promise_days)
    elif kind == "dispute":
        made = _dispute(taken, documents)
    else:
        made = taken.draft("text", kind="comment", key=form.key, text=form.text("text"))
    if taken.wrong or made is None:
        raise Wrong(taken.wrong)
    return made


class _Taken:
    """A form while it is read: what is wrong so far, by field."""

    def __init__(self, form: Form, items: Mapping[str, tuple[str, Item]]) -> None:
        self.form = form
        self.items = items
        self.wrong: dict[str, Refusal] = {}

    def of(self, name: str, read: Callable[[], _T]) -> _T | None:
        """What that reads, or None and why not."""
        try:
            return read()
        except Refusal as refusal:
            self.wrong.setdefault(name, refusal)
            return None

    def documents(self) -> tuple[NoticeDocument, ...]:
        """The ticked documents; each must be an open one of this very client."""
        chosen = list(dict.fromkeys(self.form.documents))
        if any(one not in self.items for one in chosen):
            raise Refusal(UNKNOWN)
        if len(chosen) > MOST_DOCUMENTS:
            raise Refusal("choose at most {most} documents", most=MOST_DOCUMENTS)
        items = [self.items[one][1] for one in chosen]
        return tuple(NoticeDocument(i.document_id, i.number, i.open) for i in items)

    def currency(self, documents: Iterable[NoticeDocument]) -> str:
        """The one of the documents, or the one that was chosen."""
        of_documents = {self.items[one.document_id][0] for one in documents}
        if len(of_documents) > 1:
            raise Refusal("choose documents of one currency; report each currency on its own")
        known = {currency for currency, _ in self.items.values()}
        asked = self.form.text("currency")
        found = of_documents or ({asked} & known if asked else known)
        if len(found) != 1:
            raise Refusal("choose the currency")
        return found.pop()

    def day(self, first: date, last: date, early: str, late: str, missing: str) -> date:
        """A day from `first` to `last`; the sentences say why another cannot be."""
        text = self.form.text("day").strip()
        if not text:
            raise Refusal(missing)
        try:
            found = date.fromisoformat(text)
        except ValueError:
            raise Refusal("this is not a day") from None
        if found < first:
            raise Refusal(early, days=(last - first).days)
        if found > last:
            raise Refusal(late, days=(last - first).days)
        return found

    def draft(self, name: str, **values: object) -> NoticeDraft | None:
        """The notice, unless something was wrong; `name` is the field of what its rules refuse."""
        if self.wrong:
            return None
        return self.of(name, lambda: NoticeDraft(**values))  # type: ignore[arg-type]


def _payment(
    taken: _Taken, documents: tuple[NoticeDocument, ...], today: date, earlier: Iterable[Notice]
) -> NoticeDraft | None:
    form = taken.form
    currency = taken.of("currency", lambda: taken.currency(documents)) or ""
    amount = taken.of("amount", lambda: _amount(form.text("amount")))
    oldest = today - timedelta(days=OLDEST_DAYS)
    day = taken.of(
        "day",
        lambda: taken.day(
            oldest, today,
            "this day is long past; write to us about it",
            "a payment that is yet to come is a promise; report it once it is made",
            "say on which day it was paid",
        ),
    )  # fmt: skip
    taken.of("method", lambda: _one_of(form.text("method"), METHODS, "say how it was paid"))
    proof = taken.of("file", lambda: _proof(form))
    made = taken.draft(
        "amount",
        kind="payment", key=form.key, documents=documents, text=form.text("text"),
        currency=currency, amount=amount, day=day, method=form.text("method"),
        reference=form.text("reference"), proof=proof,
    )  # fmt: skip
    if made is not None:
        taken.of("", lambda: _is_new(made, earlier))
    return made


def _promise(
    taken: _Taken, documents: tuple[NoticeDocument, ...], today: date, promise_days: int
) -> NoticeDraft | None:
    last = today + timedelta(days=promise_days)
    if not documents:
        taken.wrong.setdefault("documents", Refusal("choose at least one document"))
    day = taken.of(
        "day",
        lambda: taken.day(
            today, last,
            "choose a day from today on",
            "choose a day within the next {days} days",
            "say by which day you will pay",
        ),
    )  # fmt: skip
    return taken.draft(
        "documents",
        kind="promise", key=taken.form.key, documents=documents, day=day,
        text=taken.form.text("text"),
    )  # fmt: skip


def _dispute(taken: _Taken, documents: tuple[NoticeDocument, ...]) -> NoticeDraft | None:
    form = taken.form
    if len(documents) != 1:
        taken.wrong.setdefault("documents", Refusal("choose the document that is wrong"))
    taken.of("reason", lambda: _one_of(form.text("reason"), WHYS, "say what is wrong"))
    return taken.draft(
        "text",
        kind="dispute", key=form.key, documents=documents, reason=form.text("reason"),
        text=form.text("text"),
    )  # fmt: skip


def _short(form: Form, name: str, most: int) -> None:
    if len(form.text(name).strip()) > most:
        raise Refusal("at most {most} characters fit", most=f"{most:,}")


def _amount(text: str) -> Decimal:
    if not text.strip():
        raise Refusal("say how much was paid")
    return typed_amount(text)


def _one_of(text: str, known: Iterable[str], missing: str) -> str:
    if text not in tuple(known):
        raise Refusal(missing)
    return text


def _proof(form: Form) -> Proof | None:
    """The file, if one was sent."""
    if form.file is None or not (form.file or form.file_name):
        return None
    return proofs.checked(form.file_name, form.file)


def _is_new(made: NoticeDraft, earlier: Iterable[Notice]) -> None:
    """Refuse what is reported already, and waits."""
    for one in earlier:
        same = (
            one.kind == "payment"
            and one.state == "open"
            and (one.currency, one.amount, one.day) == (made.currency, made.amount, made.day)
            and one.reference.casefold() == made.reference.casefold()
            and {d.document_id for d in one.documents} == {d.document_id for d in made.documents}
        )
        if same:
            raise Refusal("you reported this payment already; we are confirming it")
