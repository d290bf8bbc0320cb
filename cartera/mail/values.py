"""What a message's placeholders become: the statement's own figures, written as people do."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cartera.mail.placeholders import Name, Values
from cartera.money import ZERO
from cartera.render.text import clip
from cartera.render.words import Words
from cartera.statement import Statement

#: A name longer than this fills a phone's whole line of subjects.
LONGEST_NAME = 80


def of(
    statement: Statement, words: Words, *, currency: str, link: str = "", invoice: str = ""
) -> Values:
    """The values of one message. `currency` is that of a balance of nothing at all."""
    texts: dict[Name, str] = {
        "client": clip(statement.client.name, LONGEST_NAME),
        "company": clip(statement.company.name, LONGEST_NAME),
        "balance": balance(statement, words, currency),
        "overdue": overdue(statement, words, currency),
        "date": words.day(statement.as_of),
        "link": link,
        "invoice": clip(invoice, LONGEST_NAME),
    }
    return Values(texts, words.t("your page"))


def balance(statement: Statement, words: Words, currency: str) -> str:
    """`COP 1.200.000,00 y USD 300,00`; money in favour is said to be that."""
    parts = []
    for section in statement.sections:
        if section.total < 0:
            amount = words.amount(-section.total, section.currency)
            parts.append(words.t("{amount} in your favour", amount=amount))
        elif section.total > 0:
            parts.append(words.amount(section.total, section.currency))
    return _joined(parts, words) or _zero(statement, words, currency)


def overdue(statement: Statement, words: Words, currency: str) -> str:
    """What of it is late, in every currency where something is."""
    late: list[tuple[Decimal, str]] = [
        (section.overdue, section.currency) for section in statement.sections if section.overdue
    ]
    parts = [words.amount(amount, code) for amount, code in late]
    return _joined(parts, words) or _zero(statement, words, currency)


def _zero(statement: Statement, words: Words, currency: str) -> str:
    """Nothing, in the only currency in which something is open, or else the company's."""
    open_ones = [section.currency for section in statement.sections if section.total]
    codes = open_ones or [section.currency for section in statement.sections]
    return words.amount(ZERO, codes[0] if len(codes) == 1 else currency)


def _joined(parts: Sequence[str], words: Words) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return words.t("{first} and {last}", first=", ".join(parts[:-1]), last=parts[-1])
