"""How much is tried: what fits into a test run, and what `make prove` raises it to."""

from __future__ import annotations

import os


def _bound(name: str, default: int) -> int:
    return int(os.environ.get(name, default))


#: Examples of random histories, each of sixty companies.
HISTORIES = _bound("PROVE_HISTORIES", 1)
#: Lakes whose writer is killed five times at random moments.
KILLED_LAKES = _bound("PROVE_KILLED_LAKES", 1)
#: Whether a refresh is killed at each of its exact moments, or at those of a publication.
EVERY_MOMENT = bool(_bound("PROVE_EVERY_MOMENT", 0))
#: Messages that senders which are killed have to send.
MESSAGES = _bound("PROVE_MESSAGES", 600)
#: Whether the demo's walk pays in every way there is, or in one; the pages' own tests have all.
EVERY_WAY = bool(_bound("PROVE_EVERY_WAY", 0))
#: Whether the next load goes into every kept home, or into the oldest and the newest.
EVERY_HOME = bool(_bound("PROVE_EVERY_HOME", 0))
#: Whether every page of the staff's is looked at in both its looks and in English, too; or in one
#: look, and in English one of every kind.
EVERY_PAGE = bool(_bound("PROVE_EVERY_PAGE", 0))


def examples(count: int) -> int:
    """How many examples hypothesis draws where a run of tests draws `count`."""
    return count * _bound("PROVE_EXAMPLES_TIMES", 1)
