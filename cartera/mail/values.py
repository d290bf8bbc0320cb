"""What a message's placeholders become: its own figures, written as people do.

A figure is the sum of the rows that stand in the message: of the account in a statement, of the
invoice that it brings, and in a reminder of the items that it is about, and of no other ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from cartera.mail.open_items import OpenItem, total
from cartera.mail.placeholders import Name, Values
from cartera.mail.reminded import by_currency
from cartera.money import ZERO
from cartera.portfolio import Document
from cartera.render.text import clip
from cartera.render.words import Words
from cartera.statement import Statement

#: A name longer than this fills a phone's whole line of subjects.
LONGEST_NAME = 80


def of(
    statement: Statement,
    words: Words,
    *,
    currency: str,
    link: str = "",
    document: Document | None = None,
    due: Sequence[OpenItem] = (),
) -> Values:
    """The values of one message: about a document, or about what is due, or the whole account.

    `currency` is that of a balance of nothing at all.
    """
    whole = balance(statement, words, currency)
    amount, late = whole, overdue(statement, words, currency)
    if due:
        amount = _sum(due, words)
        late = _sum((one for one in due if one.is_overdue), words) or words.amount(
            ZERO, due[0].currency
        )
    elif document is not None:
        amount = owed(document.open, document.currency, words)
    texts: dict[Name, str] = {
        "client": clip(statement.client.name, LONGEST_NAME),
        "company": clip(statement.company.name, LONGEST_NAME),
        "amount": amount,
        "balance": whole,
        "overdue": late,
        "date": unbroken(words.day(statement.as_of)),
        "link": link,
        "invoice": clip(document.number if document else "", LONGEST_NAME),
    }
    return Values(texts, words.t("your page"))


def unbroken(text: str) -> str:
    """A text that stays on one line, as a day does."""
    return text.replace(" ", "\u00a0")


def owed(amount: Decimal, currency: str, words: Words) -> str:
    """`COP 1.200.000,00`; money in favour is said to be that."""
    if amount >= 0:
        return words.amount(amount, currency)
    return words.t("{amount} in your favour", amount=words.amount(-amount, currency))


def balance(statement: Statement, words: Words, currency: str) -> str:
    """`COP 1.200.000,00 y USD 300,00`; money in favour is said to be that."""
    parts = [
        owed(section.total, section.currency, words)
        for section in statement.sections
        if section.total
    ]
    return joined(parts, words) or _zero(statement, words, currency)


def overdue(statement: Statement, words: Words, currency: str) -> str:
    """What of it is late, in every currency where something is."""
    late: list[tuple[Decimal, str]] = [
        (section.overdue, section.currency) for section in statement.sections if section.overdue
    ]
    parts = [words.amount(amount, code) for amount, code in late]
    return joined(parts, words) or _zero(statement, words, currency)


def joined(parts: Sequence[str], words: Words) -> str:
    """`one, two and three`."""
    if len(parts) < 2:
        return "".join(parts)
    return words.t("{first} and {last}", first=", ".join(parts[:-1]), last=parts[-1])


def _sum(due: Iterable[OpenItem], words: Words) -> str:
    parts = [words.amount(total(those), code) for code, those in by_currency(due).items()]
    return joined(parts, words)


def _zero(statement: Statement, words: Words, currency: str) -> str:
    """Nothing, in the only currency in which something is open, or else the company's."""
    open_ones = [section.currency for section in statement.sections if section.total]
    codes = open_ones or [section.currency for section in statement.sections]
    return words.amount(ZERO, codes[0] if len(codes) == 1 else currency)
