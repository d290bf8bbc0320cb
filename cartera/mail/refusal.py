"""A text, name or address that cannot be taken, said in a sentence that has a translation."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from cartera.errors import UsageError
from cartera.i18n import Translator
from cartera.money import amount_text


class Money(NamedTuple):
    """An amount in a refusal, written as each reader's language has it."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        """As the command line says it."""
        return f"{amount_text(self.amount, self.currency)} {self.currency}"

    def said(self, translator: Translator) -> str:
        """As people write it."""
        return f"{translator.money(*self)} {self.currency}"


class Refusal(UsageError):
    """What was typed cannot be used. `str()` says why in English, `said` in anybody's language."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence.format(**values))
        self.sentence = sentence
        self.values = values

    def said(self, translator: Translator) -> str:
        """The sentence in that language."""
        values = {
            name: value.said(translator) if isinstance(value, Money) else value
            for name, value in self.values.items()
        }
        if isinstance(reason := values.get("reason"), str):  # itself one of our sentences
            values["reason"] = translator.t(reason)
        return translator.t(self.sentence, **values)
