"""The published figures as commands read them: those of this version of the program."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartera.config import Settings
    from cartera.store.db import Store
    from cartera.store.figure_changes import FigureChanges
    from cartera.warehouse.reader import Reader

#: Said where mail does not go by itself.
HELD = (
    "this version changes figures of accounts and nobody has seen which: mail that goes by itself "
    "waits until somebody has (cartera check --changed, then --seen)"
)


def open_figures(settings: Settings, store: Store | None = None) -> Reader:
    """A reader of the figures, brought up to this version first where another made them.

    Where that cannot be done now, one line on standard error says so, and the published figures
    are read as they are. Raises `LakeNewerThanProgram`.
    """
    from cartera.store.db import open_store
    from cartera.store.publications import current
    from cartera.warehouse.reader import Reader
    from cartera.warehouse.refresh import is_outdated

    store = store or open_store(settings)
    publication = current(store)
    if publication is not None and is_outdated(publication):
        _bring_up(settings, store)
    return Reader(settings, store)


def _bring_up(settings: Settings, store: Store) -> None:
    import duckdb

    from cartera.errors import Busy, LakeUnreachable, RefreshFailed
    from cartera.store.locks import writer_lock
    from cartera.warehouse.refresh import refresh

    try:
        # Whoever writes now is likely to do the same: reading does not wait for it.
        with writer_lock(settings, store, wait=0, who="cartera, after an upgrade"):
            _say(
                "the figures were made by another version of Cartera: bringing them up to this one"
            )
            refresh(settings, store)
        say_changed(store)
    except (Busy, LakeUnreachable, RefreshFailed, duckdb.Error, OSError) as error:
        _say(
            "the figures were made by another version of Cartera and cannot be brought up to this "
            f"one now: {error}"
        )


def say_changed(store: Store, company_id: str | None = None) -> None:
    """Say on standard error whose figures another version changed, until somebody has seen them."""
    from cartera.store import figure_changes

    for one in figure_changes.unseen(store, company_id):
        _say(f"{changed(one)}: cartera check --changed --company {one.company_id}")


def changed(one: FigureChanges) -> str:
    """What a list comes to, in a sentence."""
    what = (
        f"figures of {one.company_id} could not be compared with those of the version before"
        if one.trouble
        else f"version {one.program} changed the figures of {one.accounts} accounts of "
        f"{one.company_id}"
    )
    return f"{what}; mail that goes by itself waits until somebody has seen it"


def _say(text: str) -> None:
    sys.stderr.write(f"cartera: {' '.join(text.split())}\n")
