"""What can be said of a file whose rows were taken: nothing is refused for it.

A file has a handful of notes, whatever its size: the first of each kind are named, the others
counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import polars as pl

from cartera.contract import CLIENTS, DOCUMENTS, PAYMENTS, TABLES, Note, Table
from cartera.mail import addresses

#: Named of one kind, company and file; and characters of what is named.
MOST_NAMED = 20
LONGEST_VALUE = 80
#: Encodings as which UTF-8 is mistaken, and what its first bytes of Latin letters, quotes and
#: dashes look like then.
_MISTAKEN = (("cp1252", "ÃÂ"), ("latin-1", "ÃÂ"), ("mac_roman", "√¬"), ("cp850", "├┬"))
_SUM = (
    r"(?i)^\W*(?:sub[ ._-]?total(?:es)?|total(?:es)?|gran total|grand total|sumas?|sumatoria|"
    r"saldo total|soma|acumulado)\b"
)
#: Rows that a sum without a word must repeat: of two it is one now and then by chance.
_FEWEST_SUMMED = 3


def _spoilt() -> str:
    """A pattern of UTF-8 that was read as something else, and of letters that are lost."""
    pairs = []
    for encoding, leads in _MISTAKEN:
        behind = "".join(bytes([byte]).decode(encoding, "ignore") for byte in range(0x80, 0xC0))
        pairs.append(f"[{leads}][{re.escape(behind)}]")
    return "|".join([*pairs, "â€", "\ufffd"])


SPOILT = _spoilt()


def of_rows(tables: dict[str, pl.DataFrame]) -> list[Note]:
    """Notes of the good rows of a file."""
    found = [*_spoilt_texts(tables), *_unusable_addresses(tables)]
    for name, frame in tables.items():
        found += _capitals(TABLES[name], frame)
        found += _sums(TABLES[name], frame)
    return bounded(found)


def bounded(found: Iterable[Note]) -> list[Note]:
    """The first of each kind and company, cut, and how many others there are."""
    kinds: dict[tuple[str | None, str], list[Note]] = {}
    for note in found:
        kinds.setdefault((note.company_id, note.code), []).append(note)
    kept: list[Note] = []
    for (company_id, _), notes in kinds.items():
        kept += notes[:MOST_NAMED]
        if len(notes) > MOST_NAMED:
            kept.append(Note("more", company_id, count=len(notes) - MOST_NAMED))
    return kept


def _shown(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else value[:LONGEST_VALUE] + "…"


def _spoilt_texts(tables: dict[str, pl.DataFrame]) -> Iterator[Note]:
    for name, frame in tables.items():
        for column in TABLES[name].all_columns:
            if column.type == "text" and frame[column.name].str.contains(SPOILT).any():
                spoilt = frame.filter(pl.col(column.name).str.contains(SPOILT))
                for company, row, value in spoilt["company_id", "row", column.name].iter_rows():
                    yield Note(
                        "decoded_twice", company, column=column.name, row=row, value=_shown(value)
                    )


def _unusable_addresses(tables: dict[str, pl.DataFrame]) -> Iterator[Note]:
    clients = tables.get(CLIENTS.name)
    if clients is None:
        return
    filled = clients["company_id", "row", "emails"].drop_nulls("emails")
    for company, row, emails in filled.iter_rows():
        if all(map(addresses.usable, addresses.split(emails))):
            continue
        for wrong in addresses.parse(emails)[1]:
            yield Note(
                "unusable_address", company, column="emails", row=row, value=wrong.text,
                detail=wrong.reason,
            )  # fmt: skip


def _capitals(table: Table, frame: pl.DataFrame) -> Iterator[Note]:
    """Keys of the file's own rows; clients' are compared with those that were there, too."""
    column = table.key[0]
    if table.name == CLIENTS.name or len(table.key) > 1:
        return
    keys = frame.select("company_id", column, "row").unique(["company_id", column], keep="first")
    lower = keys.with_columns(pl.col(column).str.to_lowercase().alias("lower"))
    if lower.select(pl.struct("company_id", "lower").n_unique()).item() == len(lower):
        return
    twins = lower.sort("row").filter(pl.len().over("company_id", "lower") > 1)
    first = pl.col(column).first().over("company_id", "lower")
    for company, key, row, other in twins.select(
        "company_id", column, "row", first.alias("first")
    ).iter_rows():
        if key != other:
            yield Note(
                "capitals_differ", company, column=column, row=row, value=_shown(key),
                detail=_shown(other),
            )  # fmt: skip


def _sums(table: Table, frame: pl.DataFrame) -> Iterator[Note]:
    """Rows that say that they are a sum, or are what their client's rows just above add up to."""
    if table.name not in (DOCUMENTS.name, PAYMENTS.name):
        return
    amount = "total" if table.name == DOCUMENTS.name else "amount"
    named = [c for c in (table.key[0], "number", "client_id") if c in frame.columns]
    says = pl.any_horizontal(pl.col(named).str.contains(_SUM)).fill_null(value=False)
    begins = (pl.col("client_id") != pl.col("client_id").shift()).fill_null(value=True)
    rows = frame.select("company_id", "row", amount, *named).with_columns(
        says.alias("says"), begins.alias("begins")
    )
    # Sums and numbers of the rows above, from where the client's begin: windows take far longer.
    so_far, position = pl.col(amount).cum_sum() - pl.col(amount), pl.int_range(pl.len())
    above = so_far - pl.when("begins").then(so_far).forward_fill()
    count = position - pl.when("begins").then(position).forward_fill()
    adds_up = (pl.col(amount) == above) & (count >= _FEWEST_SUMMED)
    is_last = position == pl.len() - 1
    is_all = is_last & (pl.col(amount) * 2 == pl.col(amount).sum()) & (pl.len() > _FEWEST_SUMMED)
    for row in rows.filter(pl.col("says") | adds_up | is_all).iter_rows(named=True):
        yield Note(
            "subtotal", row["company_id"], column=amount, row=row["row"],
            value=_shown(row[table.key[0]]), detail=f"{row[amount].normalize():f}",
        )  # fmt: skip
