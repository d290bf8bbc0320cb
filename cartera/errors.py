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


class FileRefused(CarteraError):
    """A whole file cannot be read; nothing of it was loaded."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


class MappingError(CarteraError):
    """A mapping file does not say something that can be done."""

    def __init__(self, file: str, where: str, reason: str) -> None:
        super().__init__(f"{file}: {where}: {reason}")
        self.file = file
        self.where = where


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
