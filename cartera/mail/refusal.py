"""A text, name or address that cannot be taken, said in a sentence that has a translation."""

from __future__ import annotations

from cartera.errors import UsageError
from cartera.i18n import Translator


class Refusal(UsageError):
    """What was typed cannot be used. `str()` says why in English, `said` in anybody's language."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence.format(**values))
        self.sentence = sentence
        self.values = values

    def said(self, translator: Translator) -> str:
        """The sentence in that language."""
        values = dict(self.values)
        if isinstance(reason := values.get("reason"), str):  # itself one of our sentences
            values["reason"] = translator.t(reason)
        return translator.t(self.sentence, **values)
