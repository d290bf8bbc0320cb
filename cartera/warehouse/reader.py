"""The reading side: one long-lived object for a web app, a command or a mail run.

It follows publications by itself: as soon as the writer publishes a snapshot, the next call
reads that one. All figures of one call come from one snapshot.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb

from cartera.config import Settings
from cartera.errors import CarteraError, FiguresOutdated, NotFound
from cartera.notices import marks
from cartera.store import companies
from cartera.store.db import Store, open_store
from cartera.store.publications import Publication, current
from cartera.warehouse import (
    client_search,
    clients,
    in_favour,
    lake,
    mail,
    mail_clients,
    netting,
    open_documents,
    portfolio,
    reminder_items,
    statements,
    trend,
)
from cartera.warehouse.recent import Recent
from cartera.warehouse.together import Together

if TYPE_CHECKING:
    from cartera.aging import Aging
    from cartera.config import Basis, Company
    from cartera.online.terms import InFavour
    from cartera.portfolio import (
        ClientPage,
        ClientRecord,
        ClientRow,
        ClientSort,
        DocumentPage,
        DocumentSort,
        Only,
        TrendPoint,
    )
    from cartera.statement import Kind, Statement


class NothingPublished(CarteraError):
    """There are no figures yet: nothing was ever loaded here."""

    def __init__(self) -> None:
        super().__init__("nothing is loaded yet; start with: cartera load FOLDER")


@dataclass(slots=True)
class _Snapshot:
    """A DuckDB on one published snapshot; `lock` is for making what is made once in it."""

    id: int
    connection: duckdb.DuckDBPyConnection
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_searchable: bool = False
    #: When payment data of a company came last: pages ask for it again and again.
    payments_at: dict[str, datetime | None] = field(default_factory=dict)


class Reader:
    """Statements, aging and searches of the published figures. Safe to share between threads."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self._lock = threading.Lock()
        self._latest: _Snapshot | None = None
        self._recent = Recent()
        self._together = Together(self._build)

    def publication(self) -> Publication | None:
        """The publication that the next call would read; one row by its key, so ask often."""
        return current(self.store)

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor on the published snapshot, for one caller's use; raises `NothingPublished`."""
        with self._cursor(self._snapshot()) as cursor:
            yield cursor

    @contextmanager
    def _cursor(self, snapshot: _Snapshot) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor on a snapshot. What its figures lack because another version made them is
        raised as `FiguresOutdated`.
        """
        try:
            with snapshot.connection.cursor() as cursor:
                yield cursor
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            from cartera.warehouse.refresh import is_outdated  # only here: pages never compute

            publication = self.publication()
            if publication is not None and is_outdated(publication):
                raise FiguresOutdated from error
            raise

    def _snapshot(self) -> _Snapshot:
        return self._published()[1]

    def _published(self) -> tuple[Publication, _Snapshot]:
        publication = self.publication()
        if publication is None:
            raise NothingPublished
        with self._lock:
            if self._latest is None or self._latest.id != publication.snapshot_id:
                # A DuckDB of its own for each snapshot: views name the lake by its alias, so
                # two snapshots cannot live side by side in one. The old one closes when the
                # last cursor on it is gone.
                connection = lake.connect(
                    self.settings, read_only=True, snapshot=publication.snapshot_id
                )
                self._latest = _Snapshot(publication.snapshot_id, connection)
            return publication, self._latest

    @contextmanager
    def _search_cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that finds `client_search.TABLE`, made where it is not there yet."""
        snapshot = self._snapshot()
        with self._cursor(snapshot) as cursor:
            with snapshot.lock:
                if not snapshot.is_searchable:
                    client_search.make(cursor)
                    snapshot.is_searchable = True
            yield cursor

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
        paid_from: date | None = None,
        language: str | None = None,
    ) -> Statement:
        """One client's statement. Raises `NotFound` for a client this company does not have.

        `include_paid` lists settled documents and payments too, and voided payments; `paid_from`
        leaves out what is settled or void and older than that day, never what is open.
        """
        publication = self.publication()
        if publication is None:
            raise NothingPublished
        request = statements.Request(
            company=companies.profile(self.settings, self.store, company_id),
            client_id=client_id,
            kind=kind,
            as_of=as_of,
            from_date=from_date,
            to_date=to_date,
            include_paid=include_paid,
            paid_from=paid_from,
            language=language,
        )
        asked = (publication.id, request)
        found = self._recent.get(asked)
        if found is None:
            found = self._together.ask(replace(request, client_id=""), client_id)
            if found is None:
                raise NotFound("client", client_id, company_id)
            self._recent.keep(asked, found)
        announced = marks.marks(self.store, request.company, [client_id], request.day)
        return marks.marked(found, announced.get(client_id, ()))

    def _build(
        self, request: statements.Request, client_ids: Sequence[str]
    ) -> dict[str, Statement | None]:
        with self.cursor() as cursor:
            # One transaction: the catalog is looked up once, not for each query.
            cursor.execute("BEGIN")
            return statements.build_many(cursor, request, client_ids)

    def accounts(
        self,
        company: Company,
        client_ids: Sequence[str],
        documents: Sequence[tuple[str, str]] = (),
        *,
        as_of: date,
    ) -> mail.Accounts:
        """Open-item statements of many clients, and documents (client and document id) beside
        them, all of one publication. Nothing of it is kept for the next call.
        """
        publication, snapshot = self._published()
        request = statements.Request(company, "", "open", as_of)
        with self._cursor(snapshot) as cursor:
            found = mail.accounts(cursor, publication.id, request, client_ids, documents)
        announced = marks.marks(self.store, company, client_ids, as_of)
        told = {
            client_id: statement and marks.marked(statement, announced.get(client_id, ()))
            for client_id, statement in found.statements.items()
        }
        return replace(found, statements=told)

    def mail_totals(
        self, company: Company, asked: mail_clients.MailClientsAsked
    ) -> tuple[mail_clients.Balance, ...]:
        """What the clients of a mailing owe together, in each currency."""
        with self._search_cursor() as cursor:
            return mail_clients.totals(cursor, company, asked)

    def mail_clients(
        self, company: Company, asked: mail_clients.MailClientsAsked
    ) -> tuple[mail_clients.MailClient, ...]:
        """The clients that a mailing may be for, with what they owe."""
        with self._search_cursor() as cursor:
            return mail_clients.found(cursor, company, asked)

    def reminder_clients(
        self, company: Company, *, as_of: date, client_ids: Collection[str] | None = None
    ) -> tuple[reminder_items.ReminderClient, ...]:
        """The company's clients with what they owe, item by item; all, or those named."""
        with self._search_cursor() as cursor:
            return reminder_items.found(cursor, company, as_of=as_of, client_ids=client_ids)

    def payments_at(self, company_id: str, before: datetime | None = None) -> datetime | None:
        """When payment data that the figures know came last; before a moment, where given."""
        snapshot = self._snapshot()
        if before is None and company_id in snapshot.payments_at:
            return snapshot.payments_at[company_id]
        with self._cursor(snapshot) as cursor:
            found = reminder_items.payments_at(cursor, company_id, before)
        if before is None:
            snapshot.payments_at[company_id] = found
        return found

    def aging(
        self,
        company_id: str,
        *,
        as_of: date,
        basis: Basis | None = None,
        buckets: Sequence[int] | None = None,
        client_id: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Aging:
        """Aging of all clients, or of one; basis and limits default to the company's.

        `limit` and `offset` choose rows of each currency, the largest first; totals are of all.
        """
        profile = companies.profile(self.settings, self.store, company_id)
        with self.cursor() as cursor:
            return portfolio.aging(
                cursor,
                company_id,
                as_of=as_of,
                basis=basis or profile.aging_basis,
                limits=buckets or profile.buckets,
                client_id=client_id,
                limit=limit,
                offset=offset,
            )

    def find_clients(self, company_id: str, text: str = "", limit: int = 50) -> list[ClientRow]:
        """Clients by part of the name, tax id or id, the best first."""
        with self._search_cursor() as cursor:
            return client_search.find(cursor, company_id, text, limit)

    def clients(
        self,
        company_id: str,
        *,
        as_of: date,
        text: str = "",
        only: Only = "all",
        currency: str | None = None,
        group: str | None = None,
        sort: ClientSort = "name",
        descending: bool = False,
        limit: int = 50,
        offset: int = 0,
    ) -> ClientPage:
        """Clients with their balances. `only`: who owes (`balance`), who is late (`overdue`), who
        has money in favour that is not applied (`credit`). With `currency`, rows of that one.
        """
        profile = companies.profile(self.settings, self.store, company_id)
        asked = clients.ClientsAsked(
            as_of, profile.aging_basis, profile.buckets, text, only, currency, group, sort,
            descending, limit, offset,
        )  # fmt: skip
        with self._search_cursor() as cursor:
            return clients.listed(cursor, company_id, asked)

    def client(self, company_id: str, client_id: str) -> ClientRecord:
        """A client's record. Raises `NotFound` for a client this company does not have."""
        with self.cursor() as cursor:
            cursor.execute("BEGIN")
            return clients.record(cursor, company_id, client_id)

    def client_names(self, company_id: str, client_ids: Sequence[str]) -> dict[str, str]:
        """Names by id, for a list that knows only ids."""
        with self.cursor() as cursor:
            return clients.names(cursor, company_id, client_ids)

    def emails_of(self, company_id: str, client_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Addresses (with `;` between them) and language of clients' records, by id."""
        with self.cursor() as cursor:
            return clients.emails_of(cursor, company_id, client_ids)

    def clients_written_to(self, company_id: str, address: str) -> dict[str, tuple[str, str]]:
        """The same of the clients whose records may have this address, some that do not among
        them: who is a contact of a client is for `cartera.store.contacts`.
        """
        with self.cursor() as cursor:
            return clients.written_to(cursor, company_id, address)

    def groups(self, company_id: str) -> list[str]:
        """Names of the groups that clients are in, sorted."""
        with self.cursor() as cursor:
            return clients.groups(cursor, company_id)

    def open_documents(
        self,
        company_id: str,
        *,
        as_of: date,
        basis: Basis | None = None,
        limits: Sequence[int] | None = None,
        currency: str | None = None,
        bucket: str | None = None,
        client_id: str | None = None,
        text: str = "",
        sort: DocumentSort = "due_date",
        descending: bool = False,
        limit: int = 100,
        offset: int = 0,
    ) -> DocumentPage:
        """The documents behind a figure. `bucket`: a range's name, `overdue` or `unapplied`."""
        profile = companies.profile(self.settings, self.store, company_id)
        asked = open_documents.DocumentsAsked(
            as_of, basis or profile.aging_basis, limits or profile.buckets, currency, bucket,
            client_id, text, sort, descending, limit, offset,
        )  # fmt: skip
        with self._search_cursor() as cursor:
            return open_documents.listed(cursor, company_id, asked)

    def in_favour(
        self, company_id: str, client_id: str, currency: str, *, as_of: date
    ) -> tuple[InFavour, ...]:
        """A client's money in favour by where it is, as far as it can settle a document."""
        with self.cursor() as cursor:
            return in_favour.found(cursor, company_id, client_id, currency, as_of)

    def applied_in_favour(
        self, company_id: str, client_id: str, payment_id: str
    ) -> dict[int, Decimal] | None:
        """What stands of the money in favour that goes with a payment of ours, by its parts."""
        with self.cursor() as cursor:
            return netting.applied(cursor, company_id, client_id, payment_id)

    def trend(self, company_id: str, *, as_of: date, months: int = 12) -> tuple[TrendPoint, ...]:
        """What was open at the ends of the months before `as_of`, and on it, per currency."""
        profile = companies.profile(self.settings, self.store, company_id)
        with self.cursor() as cursor:
            return trend.trend(
                cursor,
                company_id,
                as_of=as_of,
                months=months,
                basis=profile.aging_basis,
                limits=profile.buckets,
            )


def open_reader(settings: Settings) -> Reader:
    """A reader with a store of its own."""
    return Reader(settings, open_store(settings))
