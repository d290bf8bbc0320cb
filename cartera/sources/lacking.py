"""Columns and tables that a file lacks, each with the name in the file that is most like it.

People write `clinet_id`, and exports say `Cliente`: near is what has almost the same letters as
the name that is wanted, or as one of the words that accounting systems use for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from cartera.contract import TABLES, Table
from cartera.errors import Fault

#: Two names are near from this similarity on: `monto` and `monot` are, `name` and `number` are not.
NEAR = 0.72
#: A name that has all of another's words and more (`Fecha de emisión factura`, `fecha emision`).
HOLDS = 0.8
#: Columns that a message lists; nobody finds theirs among more.
MOST_LISTED = 40
LONGEST_NAME = 40
_FILLERS = {"de", "del", "la", "el", "the", "of"}

#: What accounting systems call the columns that a table must have.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "client_id": (
        "cliente", "id cliente", "codigo cliente", "tercero", "nit", "customer", "customer id",
    ),
    "name": ("nombre", "razon social", "nombre cliente", "customer name"),
    "document_id": (
        "documento", "id documento", "doc id", "factura", "id factura", "comprobante",
        "invoice id",
    ),
    "type": ("tipo", "tipo documento", "clase", "document type"),
    "number": (
        "numero", "nro", "num", "consecutivo", "numero factura", "numero documento",
        "invoice number",
    ),
    "issue_date": ("fecha", "fecha emision", "fecha factura", "emision", "date", "invoice date"),
    "due_date": ("vencimiento", "fecha vencimiento", "vence", "fecha limite"),
    "total": ("valor", "valor total", "monto", "importe", "amount"),
    "instalment": ("cuota", "numero cuota", "nro cuota", "installment"),
    "amount": ("valor", "monto", "importe", "total", "abono"),
    "payment_id": ("pago", "id pago", "recibo", "numero recibo", "recibo caja", "receipt"),
    "date": ("fecha", "fecha pago", "payment date"),
    "allocation_id": ("aplicacion", "id aplicacion", "cruce"),
    "kind": ("tipo", "clase", "concepto", "type"),
}  # fmt: skip
_TABLE_WORDS: Mapping[str, tuple[str, ...]] = {
    "clients": ("clientes", "terceros", "customers"),
    "documents": ("documentos", "facturas", "invoices"),
    "instalments": ("cuotas", "installments"),
    "payments": ("pagos", "recibos", "receipts"),
    "allocations": ("aplicaciones", "cruces", "abonos"),
}


def of_table(table: Table, columns: Sequence[str]) -> list[Fault]:
    """Every required column that a header of these lacks, and then the columns that are there."""
    missing = [c.name for c in table.columns if c.required and c.name not in columns]
    known = {c.name for c in table.all_columns}
    wanted = {name: (name, *_WORDS[name]) for name in missing}
    if table.key[0] in wanted:
        wanted[table.key[0]] += ("id",)
    likely = nearest(wanted, set(columns) - known)
    faults = [
        Fault(
            "the column “{column}” is missing (is it “{nearest}”?)",
            column=name,
            nearest=cut(likely[name]),
        )
        if name in likely
        else Fault("the column “{column}” is missing", column=name)
        for name in missing
    ]
    return [*faults, there(columns)] if faults else []


def of_mapping(used: Iterable[str], columns: Sequence[str]) -> list[Fault]:
    """Every column that a mapping reads and a header of these lacks, and then what is there."""
    missing = sorted(set(used) - set(columns))[:MOST_LISTED]
    likely = nearest({name: (name,) for name in missing}, set(columns) - set(used))
    faults = [
        Fault(
            "the mapping needs a column “{column}” that is not there (is it “{nearest}”?)",
            column=name,
            nearest=cut(likely[name]),
        )
        if name in likely
        else Fault("the mapping needs a column “{column}” that is not there", column=name)
        for name in missing
    ]
    return [*faults, there(columns)] if faults else []


def in_mapping(name: str, columns: Sequence[str]) -> list[Fault]:
    """Columns that a mapping feeds and its table does not have, and those that it must feed; or
    that there is no such table.
    """
    table = TABLES.get(name)
    if table is None:
        return [no_such_table(name)]
    known = [c.name for c in table.all_columns]
    missing = [c.name for c in table.columns if c.required and c.name not in columns]
    strange = [column for column in columns if column not in known][:MOST_LISTED]
    likely = nearest({one: (one,) for one in strange}, set(known) - set(columns))
    faults = [
        Fault(
            "{table} has no column “{column}” (is it “{nearest}”?)",
            table=table.name,
            column=cut(one),
            nearest=likely[one],
        )
        if one in likely
        else Fault("{table} has no column “{column}”", table=table.name, column=cut(one))
        for one in strange
    ]
    if missing:
        faults.append(
            Fault("{table} needs {columns}", table=table.name, columns=", ".join(missing))
        )
    return faults


def there(columns: Sequence[str]) -> Fault:
    """What the header has."""
    listed = ", ".join(map(cut, columns[:MOST_LISTED]))
    more = len(columns) - MOST_LISTED
    if more > 0:
        return Fault("columns that are there: {columns} and {more} more", columns=listed, more=more)
    return Fault("columns that are there: {columns}", columns=listed)


def sheet(wanted: str | int, names: Sequence[str]) -> Fault:
    """That a workbook has no sheet of that name or at that place, the nearest, and all it has."""
    names = [name.strip() for name in names]
    listed = ", ".join(map(cut, names[:MOST_LISTED]))
    if isinstance(wanted, int):
        return Fault(
            "there is no sheet {position} (the first is 0); the workbook has {sheets}",
            position=wanted,
            sheets=listed,
        )
    likely = nearest({wanted: (wanted,)}, names)
    if likely:
        return Fault(
            "there is no sheet “{sheet}” (is it “{nearest}”?); the workbook has {sheets}",
            sheet=cut(wanted),
            nearest=cut(likely[wanted]),
            sheets=listed,
        )
    return Fault(
        "there is no sheet “{sheet}”; the workbook has {sheets}", sheet=cut(wanted), sheets=listed
    )


def unknown_table(stem: str, *, or_mapping: bool = False) -> Fault:
    """That a file's name (without its ending) starts with that of no table, and the nearest."""
    known, likely = ", ".join(TABLES), likely_table(stem)
    if likely is not None:
        return Fault(
            "the name starts with none of {tables} (is it “{nearest}”?)",
            tables=known,
            nearest=likely,
        )
    if or_mapping:
        return Fault("the name starts with none of {tables}, nor with a mapping's", tables=known)
    return Fault("the name starts with none of {tables}", tables=known)


def no_such_table(name: str) -> Fault:
    """That a mapping names a table that there is not, and the nearest."""
    known, likely = ", ".join(TABLES), likely_table(name)
    if likely is None:
        return Fault("“{table}” is none of {tables}", table=cut(name), tables=known)
    return Fault(
        "“{table}” is none of {tables} (is it “{nearest}”?)",
        table=cut(name),
        tables=known,
        nearest=likely,
    )


def likely_table(stem: str) -> str | None:
    """The table that a file's name seems to mean."""
    word = "".join(plain(stem).split()[:1])
    wanted = {table: (table, *words) for table, words in _TABLE_WORDS.items()}
    scores = {table: likeness(names, word) for table, names in wanted.items()}
    best = max(scores, key=lambda table: scores[table])
    return best if scores[best] >= NEAR else None


def nearest(wanted: Mapping[str, Iterable[str]], candidates: Iterable[str]) -> dict[str, str]:
    """Of these names the nearest one for each that is wanted (under any of its names), if near.

    A name is given once, to what it is nearest to: `fecha` is not both of two dates.
    """
    names = list(candidates)
    pairs = sorted(
        (
            (-likeness(known, name), position, name, key)
            for position, (key, known) in enumerate(wanted.items())
            for name in names
        ),
    )
    found: dict[str, str] = {}
    for score, _, name, key in pairs:
        if -score >= NEAR and key not in found and name not in found.values():
            found[key] = name
    return found


def likeness(names: Iterable[str], other: str) -> float:
    """How much a name is like one of `names`, from 0 to 1 (the same letters)."""
    mine = plain(other)
    return max((_likeness(plain(name), mine) for name in names), default=0.0)


def _likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if len(one) > len("id") and set(one.split()) <= set(other.split()):
        return HOLDS
    return SequenceMatcher(None, one.replace(" ", ""), other.replace(" ", "")).ratio()


def plain(name: str) -> str:
    """A name as it is compared: lower-case words without accents, marks and filler words."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z]+|[0-9]+", letters)
    return " ".join(word for word in words if word not in _FILLERS)


def cut(name: str) -> str:
    """A name short enough for a sentence."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
