"""The reading side: one long-lived object for a web app, a command or a mail run.

It follows publications by itself: as soon as the writer publishes a snapshot, the next call
reads that one. All figures of one call come from one snapshot.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from cartera.config import Settings
from cartera.errors import CarteraError
from cartera.store.db import Store, open_store
from cartera.store.publications import Publication, current
from cartera.warehouse import lake, portfolio, statements

if TYPE_CHECKING:
    import duckdb

    from cartera.aging import Aging
    from cartera.config import Basis
    from cartera.statement import Kind, Statement
    from cartera.warehouse.portfolio import ClientRow


class NothingPublished(CarteraError):
    """There are no figures yet: nothing was ever loaded here."""

    def __init__(self) -> None:
        super().__init__("nothing is loaded yet; start with: cartera load FOLDER")


class Reader:
    """Statements, aging and searches of the published figures. Safe to share between threads."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self._lock = threading.Lock()
        self._snapshot: int | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    def publication(self) -> Publication | None:
        """The publication that the next call would read; one row by its key, so ask often."""
        return current(self.store)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor on the published snapshot, for one caller's use; raises `NothingPublished`."""
        publication = self.publication()
        if publication is None:
            raise NothingPublished
        with self._lock:
            if self._connection is None or self._snapshot != publication.snapshot_id:
                # A DuckDB of its own for each snapshot: views name the lake by its alias, so
                # two snapshots cannot live side by side in one. The old one closes when the
                # last cursor on it is gone.
                self._connection = lake.connect(
                    self.settings, read_only=True, snapshot=publication.snapshot_id
                )
                self._snapshot = publication.snapshot_id
            return self._connection.cursor()

    def statement(
        self,
        company_id: str,
        client_id: str,
        *,
        as_of: date,
        kind: Kind = "open",
        from_date: date | None = None,
        to_date: date | None = None,
        include_paid: bool = False,
        language: str | None = None,
    ) -> Statement:
        """One client's statement. Raises `NotFound` for a client this company does not have."""
        request = statements.Request(
            company=self.settings.company_profile(company_id),
            client_id=client_id,
            kind=kind,
            as_of=as_of,
            from_date=from_date,
            to_date=to_date,
            include_paid=include_paid,
            language=language,
        )
        with self.cursor() as cursor:
            # One transaction: the catalog is looked up once, not for each query.
            cursor.execute("BEGIN")
            return statements.build(cursor, request)

    def aging(
        self,
        company_id: str,
        *,
        as_of: date,
        basis: Basis | None = None,
        buckets: Sequence[int] | None = None,
        client_id: str | None = None,
    ) -> Aging:
        """Aging of all clients, or of one; basis and limits default to the company's."""
        profile = self.settings.company_profile(company_id)
        with self.cursor() as cursor:
            return portfolio.aging(
                cursor,
                company_id,
                as_of=as_of,
                basis=basis or profile.aging_basis,
                limits=buckets or profile.buckets,
                client_id=client_id,
            )

    def find_clients(self, company_id: str, text: str = "", limit: int = 50) -> list[ClientRow]:
        """Clients by part of the name, tax id or id."""
        with self.cursor() as cursor:
            return portfolio.find_clients(cursor, company_id, text, limit)


def open_reader(settings: Settings) -> Reader:
    """A reader with a store of its own."""
    return Reader(settings, open_store(settings))
