"""Finding clients by what people type, over a table in memory made once for each snapshot.

The lake has no index, and taking accents off fifty thousand names at every key stroke costs more
than all the rest. The table holds the clients with the texts that searches and lists compare; it
belongs to the reader's own DuckDB of that snapshot (whose memory limit it counts towards) and goes
with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cartera.portfolio import ClientRow

if TYPE_CHECKING:
    import duckdb

TABLE = "memory.main.searchable_clients"
MOST_WORDS = 8
MOST_LETTERS = 200
_PLAIN = "strip_accents(lower({}))"
_BARE = "regexp_replace(lower(coalesce(tax_id, '')), '[^0-9a-z]', '', 'g')"
#: Fewer letters of a tax id typed with dots say too little without them.
_SHORTEST_BARE = 3


def make(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table of a snapshot; whoever calls sees to it that it happens once."""
    connection.execute(
        f"""
        CREATE TABLE {TABLE} AS
        SELECT
            company_id, client_id, name, coalesce(tax_id, '') AS tax_id,
            coalesce(emails, '') AS emails, coalesce(client_group, '') AS client_group,
            coalesce(salesperson, '') AS salesperson, {_PLAIN.format("name")} AS sort_name,
            {_PLAIN.format("client_id")} AS plain_id, {_BARE} AS bare_tax_id,
            {_PLAIN.format("concat_ws(' ', name, client_id, tax_id)")} AS haystack
        FROM lake.marts.clients
        ORDER BY company_id, sort_name, client_id
        """
    )


def words_of(text: str) -> list[str]:
    """The words of a search; more than a few say nothing new."""
    return text.replace("\0", " ")[:MOST_LETTERS].split()[:MOST_WORDS]


def condition(words: list[str], haystack: str = "haystack") -> tuple[str, list[Any]]:
    """SQL that is true where every word stands in `haystack` or in `bare_tax_id`."""
    parts, parameters = ["true"], []
    for word in words:
        bare = re.sub("[^0-9a-z]", "", word.lower())
        if len(bare) < _SHORTEST_BARE:
            parts.append(f"contains({haystack}, {_PLAIN.format('?')})")
            parameters.append(word)
        else:
            parts.append(
                f"(contains({haystack}, {_PLAIN.format('?')}) OR contains(bare_tax_id, ?))"
            )
            parameters += [word, bare]
    return " AND ".join(parts), parameters


def find(
    connection: duckdb.DuckDBPyConnection, company_id: str, text: str = "", limit: int = 50
) -> list[ClientRow]:
    """Clients whose name, tax id or id contains every word of `text`; accents do not matter.

    Whose id or tax id it is comes first, then whose name begins with it, then the others by name.
    """
    words = words_of(text)
    wanted, parameters = condition(words)
    whole = " ".join(words)
    bare = re.sub("[^0-9a-z]", "", whole.lower())
    rows = connection.execute(
        f"""
        SELECT client_id, name, tax_id, emails FROM {TABLE}
        WHERE company_id = ? AND {wanted}
        ORDER BY
            CASE
                WHEN plain_id = {_PLAIN.format("?")} OR (bare_tax_id <> '' AND bare_tax_id = ?)
                    THEN 0
                WHEN starts_with(sort_name, {_PLAIN.format("?")}) THEN 1
                ELSE 2
            END,
            sort_name, client_id
        LIMIT ?
        """,
        [company_id, *parameters, whole, bare, whole, limit],
    ).fetchall()
    return [ClientRow(*row) for row in rows]
