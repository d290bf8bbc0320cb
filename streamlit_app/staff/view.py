"""One view of a client's statement, as its address says it: the page and its files read the same.

Whatever an address says wrongly is ignored, so that an old bookmark still opens something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cartera.filters import Filters, select
from cartera.statement import KINDS, Kind, Statement
from cartera.warehouse.reader import Reader
from streamlit_app.staff import address

#: Statuses that only the settled and void lines have.
SETTLED = {"paid", "void"}


@dataclass(frozen=True, slots=True)
class View:
    """Whose statement, of which day and kind, and which of its lines."""

    client_id: str
    kind: Kind
    as_of: date
    #: The day stands in the address; without it a view is always of today.
    dated: bool
    from_date: date | None
    to_date: date | None
    settled: bool
    filters: Filters

    @classmethod
    def of(cls, query: Mapping[str, str], today: date) -> View:
        """The view that an address names."""
        kind = address.one_of(query, "kind", KINDS, "open")
        start, end = address.day(query, "from"), address.day(query, "to")
        if kind == "open":
            start = end = None
        elif start and end and end < start:
            start, end = end, start
        chosen = address.day(query, "as_of")
        filters = Filters.from_query(query) if kind == "open" else Filters()
        return cls(
            client_id=address.text(query, "client"),
            kind=kind,
            as_of=chosen or end or today,
            dated=chosen is not None,
            from_date=start,
            to_date=end,
            settled=kind == "open" and query.get("paid") == "1",
            filters=filters,
        )

    @property
    def include_paid(self) -> bool:
        """Settled lines are read only when somebody wants to see them."""
        return self.settled or bool(SETTLED & set(self.filters.statuses))

    def query(self) -> dict[str, str]:
        """The address's query without the filters."""
        found: dict[str, str] = {"client": self.client_id}
        if self.kind != "open":
            found["kind"] = self.kind
        if self.dated:
            found["as_of"] = self.as_of.isoformat()
        for name, value in (("from", self.from_date), ("to", self.to_date)):
            if value:
                found[name] = value.isoformat()
        if self.settled:
            found["paid"] = "1"
        return found

    def everything(self, reader: Reader, company_id: str, language: str) -> Statement:
        """The statement with all its lines."""
        return reader.statement(
            company_id,
            self.client_id,
            kind=self.kind,
            as_of=self.as_of,
            from_date=self.from_date,
            to_date=self.to_date,
            include_paid=self.include_paid,
            language=language,
        )

    def listed(self, reader: Reader, company_id: str, language: str) -> Statement:
        """The statement with the chosen lines only: what the files hold."""
        return select(self.everything(reader, company_id, language), self.filters)
