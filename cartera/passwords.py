"""Passwords: what may be one, how one is kept (argon2id), whether one is right.

A check takes about 0.15 s and 64 MiB, also for a login that does not exist: callers bound how
many run at once.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import Type

from cartera.errors import UsageError

MINIMUM_LENGTH = 12
#: Longer ones are no safer; without a limit a stranger could have megabytes hashed.
MAXIMUM_LENGTH = 256
#: "aaaaaaaaaaaa" is long and guessed at once.
DIFFERENT_CHARACTERS = 5
#: RFC 9106's second choice, in one lane: several checks at once share two cores already.
HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1, type=Type.ID)


class WeakPassword(UsageError):
    """A password that is refused; says why."""


def require_good(password: str, *own: str) -> None:
    """Raise `WeakPassword` for what is easily guessed; `own` are the person's login and names."""
    plain = _normal(password)
    if len(plain) < MINIMUM_LENGTH:
        raise WeakPassword(f"a password needs at least {MINIMUM_LENGTH} characters")
    if len(plain) > MAXIMUM_LENGTH:
        raise WeakPassword(f"a password has at most {MAXIMUM_LENGTH} characters")
    if len(set(plain.casefold())) < DIFFERENT_CHARACTERS:
        raise WeakPassword("a password needs more than a few different characters")
    if _letters(plain) in {_letters(name) for name in own if name}:
        raise WeakPassword("a password must not be one's own login, name or mail address")


def hashed(password: str) -> str:
    """What is kept of a password; salted, with its parameters in it."""
    return HASHER.hash(_normal(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether this is the password. Without a kept one it is not, after the same work."""
    # One that is too long costs as much as any other, and not more.
    possible = kept is not None and len(password) <= MAXIMUM_LENGTH
    try:
        return HASHER.verify(kept or _nobodys(), _normal(password[:MAXIMUM_LENGTH])) and possible
    except (Argon2Error, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether a kept hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(kept)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return HASHER.hash("nobody's password")


def _normal(password: str) -> str:
    """The same letters typed on another keyboard are the same password (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


def _letters(text: str) -> str:
    return "".join(text.casefold().split())
