"""How much is tried: what fits into a test run, and what `make prove` raises it to."""

from __future__ import annotations

import os


def _bound(name: str, default: int) -> int:
    return int(os.environ.get(name, default))


#: Examples of random histories, each of sixty companies.
HISTORIES = _bound("PROVE_HISTORIES", 1)
#: Lakes whose writer is killed five times at random moments.
KILLED_LAKES = _bound("PROVE_KILLED_LAKES", 1)
#: Whether a writer is killed at each of its exact moments, and in each of its stages; or at those
#: that differ most.
EVERY_MOMENT = bool(_bound("PROVE_EVERY_MOMENT", 0))
#: Whoever carries a payment, or settles one, is killed before one in so many of their steps.
STRIDE = _bound("PROVE_STRIDE", 2)
#: Whether every client of the sample is compared, or one in four.
EVERY_CLIENT = bool(_bound("PROVE_EVERY_CLIENT", 0))
#: Messages that senders which are killed have to send.
MESSAGES = _bound("PROVE_MESSAGES", 400)
#: Whether the demo's walk pays in every way there is and renews a link, or pays in one; the pages'
#: own tests have all.
EVERY_WAY = bool(_bound("PROVE_EVERY_WAY", 0))
#: Whether every kept home is opened and loaded into; or the oldest, the newest and one between them
#: opened, and the oldest loaded into.
EVERY_HOME = bool(_bound("PROVE_EVERY_HOME", 0))
#: Whether every page of the staff's is looked at in both its looks and in English, too; or one of
#: every kind in one look, and a few in English.
EVERY_PAGE = bool(_bound("PROVE_EVERY_PAGE", 0))


def examples(count: int) -> int:
    """How many examples hypothesis draws where a run of tests draws `count`."""
    return count * _bound("PROVE_EXAMPLES_TIMES", 1)


def rounds(count: int) -> int:
    """How many rounds of files and presses a random walk makes where a run of tests makes `count`.

    After each of them everything is compared.
    """
    return count * _bound("PROVE_ROUNDS_TIMES", 1)
