"""Every error that Cartera raises on purpose.

::

    CarteraError
    ├── UsageError        the caller asked for something that makes no sense (exit code 2)
    ├── Forbidden         this person's role does not allow that
    ├── NotFound          a client, link or document that this company does not have
    ├── FileRefused       a whole input file cannot be taken; says which and why
    ├── MappingError      a mapping file is wrong; says which key
    ├── ConfigError       a setting is missing or wrong
    ├── NewerThanProgram  the data were changed by a newer Cartera; this one must not touch them
    │   ├── StoreNewerThanProgram
    │   └── LakeNewerThanProgram
    ├── LakeUnreachable   its catalog or files do not answer, or are not what they should be
    ├── MailboxUnreachable  the one for delivery reports does not answer, or does not let us in
    ├── Busy              somebody else holds the writer's lock; trying again is right
    ├── FiguresOutdated   another version made them and this one cannot read them; wait, or refresh
    └── RefreshFailed     the marts could not be brought up to date; the old ones stay

Bad *rows* are never raised: they are collected as `cartera.contract.Reject` values, so that
one row does not stop the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Translator(Protocol):
    """What a sentence is said with: `cartera.i18n.Translator`."""

    def t(self, text: str, **values: object) -> str:
        """The sentence in that language."""

    def number(self, number: int) -> str:
        """A whole number as it is written there."""


class CarteraError(Exception):
    """Base of all errors with a message meant for a person."""


class UsageError(CarteraError):
    """The arguments do not fit together."""


class NotFound(CarteraError):
    """Nothing of that name exists for this company."""

    def __init__(self, what: str, key: str, company: str) -> None:
        super().__init__(f"no {what} {key!r} in company {company!r}")
        self.what = what
        self.key = key
        self.company = company


class Forbidden(CarteraError):
    """A person asked for something that their role does not allow."""

    def __init__(self, login: str, act: str) -> None:
        super().__init__(f"{login!r} may not do this ({act})")
        self.login = login
        self.act = act


class Fault:
    """One thing that is wrong with a file: an English sentence, and what it names.

    `where` is its place in the file, in the file's own words; `at` gives it one. Whole numbers are
    written as the reader's language has them; a value may be a fault itself.
    """

    def __init__(self, sentence: str, /, **values: object) -> None:
        self.sentence = sentence
        self.values = values
        self.where = ""

    def __str__(self) -> str:
        values = {name: _english(value) for name, value in self.values.items()}
        return self._at(self.sentence.format(**values) if values else self.sentence)

    def at(self, where: str) -> Fault:
        """The same fault, with its place."""
        placed = Fault(self.sentence, **self.values)
        placed.where = where
        return placed

    def said(self, translator: Translator) -> str:
        """The fault as a sentence in that language."""
        values = {name: _said(value, translator) for name, value in self.values.items()}
        return self._at(translator.t(self.sentence, **values))

    def _at(self, sentence: str) -> str:
        return f"{self.where}: {sentence}" if self.where else sentence


def _english(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _said(value: object, translator: Translator) -> str:
    if isinstance(value, Fault):
        return value.said(translator)
    return translator.number(value) if isinstance(value, int) else str(value)


class _Faulty(CarteraError):
    """What is wrong with a file, all of it. `str()` says it in English, `said` in a language."""

    def __init__(self, file: str, faults: Sequence[Fault]) -> None:
        super().__init__(f"{file}: {'; '.join(map(str, faults))}")
        self.file = file
        self.faults = tuple(faults)

    @property
    def reason(self) -> str:
        """The faults in English."""
        return "; ".join(map(str, self.faults))

    def why(self, translator: Translator) -> str:
        """The faults in that language."""
        return "; ".join(fault.said(translator) for fault in self.faults)

    def said(self, translator: Translator) -> str:
        """The file and its faults in that language."""
        return f"{self.file}: {self.why(translator)}"


class FileRefused(_Faulty):
    """A whole file cannot be read; nothing of it was loaded.

    `reason` is one sentence with its values, or several faults. `header`: its columns, where it was
    read and something is wrong with it.
    """

    def __init__(
        self,
        file: str,
        reason: str | Sequence[Fault],
        /,
        *,
        header: Sequence[str] = (),
        **values: object,
    ) -> None:
        super().__init__(file, [Fault(reason, **values)] if isinstance(reason, str) else reason)
        self.header = tuple(header)


class MappingError(_Faulty):
    """A mapping file does not say something that can be done; each fault has its key."""

    def __init__(self, file: str, faults: Sequence[Fault]) -> None:
        super().__init__(file, faults)
        self.where = faults[0].where


class ConfigError(CarteraError):
    """A setting is missing or cannot be used."""


class NewerThanProgram(CarteraError):
    """What a newer Cartera made: `what` has `found` (a version), this program knows `newest`."""

    def __init__(self, what: str, found: str, newest: str) -> None:
        super().__init__(
            f"the {what} was made by a newer Cartera: it has {found}, this program knows "
            f"{newest}; upgrade Cartera (nothing was changed)"
        )
        self.found = found
        self.newest = newest


class StoreNewerThanProgram(NewerThanProgram):
    """The store's schema has a version that this program has no migration to."""

    def __init__(self, found: str, newest: str) -> None:
        super().__init__("store", f"version {found}", newest)


class LakeNewerThanProgram(NewerThanProgram):
    """The lake's tables have a version, or a column of the contract, that this program lacks."""

    def __init__(self, found: int, newest: int, column: str | None = None) -> None:
        if column is None:
            super().__init__("lake", f"version {found}", str(newest))
        else:
            super().__init__("lake", f"the column {column}", "none of that name")


class LakeUnreachable(CarteraError):
    """The lake cannot be attached; the reason never repeats an address with its password."""


class MailboxUnreachable(CarteraError):
    """The mailbox for delivery reports cannot be read; the reason holds no password."""


class Busy(CarteraError):
    """The one writer's place is taken; try again."""


class FiguresOutdated(CarteraError):
    """The published figures were made by another version and lack what this one reads. The
    pipeline brings them up by itself.
    """

    def __init__(self) -> None:
        super().__init__(
            "the figures were made by another version of Cartera and are being brought up to "
            "this one; try again in a moment, or run: cartera refresh"
        )


class RefreshFailed(CarteraError):
    """A model or a test of the ledger failed; readers keep the last good figures."""
