"""A naive ledger in plain Python: dicts, Decimals and loops, straight from the contract's rules.

It shares nothing with the product: no SQL, no helper. Slow and obvious is what it is for.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

Row = dict[str, str | None]
ItemKey = tuple[str, str]  # ("document" | "payment", id)
DECIMALS = {"COP": 2, "USD": 2, "CLP": 0}


@dataclass
class Item:
    """A document or payment that counts."""

    client: str
    currency: str
    type: str
    sign: int
    amount: Decimal
    issued: date
    due: date
    number: str
    #: Void from this day on; until then it counts.
    voided: date | None = None

    @property
    def is_receivable(self) -> bool:
        return self.type in ("invoice", "debit_note")

    def owes(self, amount: Decimal) -> bool:
        """Rule 4: of what is open, all that is no invoice's, or beyond its total, is in favour."""
        return self.is_receivable and amount > 0


@dataclass
class Movement:
    """A change of one item on one day."""

    day: date
    item: ItemKey
    amount: Decimal
    instalment: int | None = None
    line: bool = True  # shown on an activity statement
    order: tuple[int, str] = (0, "")


@dataclass
class Book:
    """One company's ledger, from the current versions of its rows."""

    items: dict[ItemKey, Item] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)
    plans: dict[str, list[tuple[date, int, Decimal, date | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )


def current(versions: list[Row], *keys: str) -> dict[tuple[str | None, ...], Row]:
    """Newest version of each key; `versions` in order of arrival.

    A row without `updated_at` is as new as its arrival, and every time in these histories is
    before that: such a row is newer than any row with a time.
    """
    newest: dict[tuple[str | None, ...], Row] = {}
    for row in versions:
        key = tuple(row[k] for k in keys)
        known = newest.get(key)
        if known is None or _time(row) >= _time(known):
            newest[key] = row
    return newest


def _time(row: Row) -> str:
    return row["updated_at"] or "when it came"  # letters sort behind digits


def book(tables: dict[str, list[Row]]) -> Book:
    """The ledger of one company."""
    made = Book()
    clients = {k[0] for k in current(tables["clients"], "client_id")}
    for row in current(tables["documents"], "document_id").values():
        issued = _day(row["issue_date"])
        counts, voided = _life(row, "issued", issued)
        if not counts or row["client_id"] not in clients:
            continue
        made.items["document", str(row["document_id"])] = Item(
            str(row["client_id"]), str(row["currency"]), str(row["type"]),
            -1 if row["type"] == "credit_note" else 1, Decimal(str(row["total"])),
            issued, _day(row["due_date"]) if row["due_date"] else issued, str(row["number"]),
            voided,
        )  # fmt: skip
    for row in current(tables["payments"], "payment_id").values():
        counts, voided = _life(row, "received", _day(row["date"]))
        if not counts or row["client_id"] not in clients:
            continue
        out = row["direction"] == "out"
        made.items["payment", str(row["payment_id"])] = Item(
            str(row["client_id"]), str(row["currency"]), "refund" if out else "payment",
            1 if out else -1, Decimal(str(row["amount"])),
            _day(row["date"]), _day(row["date"]), str(row["payment_id"]), voided,
        )  # fmt: skip
    for key, item in made.items.items():
        order = (0 if item.is_receivable else 1, "")
        made.movements.append(Movement(item.issued, key, item.sign * item.amount, order=order))
        if item.voided:
            made.movements.append(
                Movement(item.voided, key, -item.sign * item.amount, order=(3, ""))
            )
    for row in current(tables["allocations"], "allocation_id").values():
        _allocate(made, row)
    for row in current(tables["instalments"], "document_id", "instalment").values():
        owner = made.items.get(("document", str(row["document_id"])))
        if owner and owner.is_receivable:
            alive, voided = _life(row, "active", owner.issued)
            if alive:
                part = (_day(row["due_date"]), int(str(row["instalment"])))
                made.plans[str(row["document_id"])].append(
                    (*part, Decimal(str(row["amount"])), voided)
                )
    for plan in made.plans.values():
        plan.sort()
    return made


def _day(text: str | None) -> date:
    return date.fromisoformat(str(text))


def _life(row: Row, alive: str, since: date) -> tuple[bool, date | None]:
    """Whether it counts on any day, and from which day on it does no more."""
    if (row["status"] or alive) == alive:
        return True, None
    if row["status"] == "void" and row["voided_on"] and _day(row["voided_on"]) > since:
        return True, _day(row["voided_on"])
    return False, None


def _fits(amount: Decimal, currency: str) -> bool:
    return amount == round(amount, DECIMALS[currency])


def _allocate(made: Book, row: Row) -> None:
    """Rule 1: -s·a on the source, s·a on the target; without a source, towards zero."""
    if (row["status"] or "posted") != "posted":
        return
    kind = row["kind"]
    amount = Decimal(str(row["amount"]))
    target_key: ItemKey = (
        ("document", str(row["document_id"]))
        if row["document_id"]
        else ("payment", str(row["target_payment_id"]))
    )
    target = made.items.get(target_key)
    if target is None or not _fits(amount, target.currency):
        return
    instalment = int(str(row["instalment"])) if row["instalment"] else None
    order = (2, str(row["allocation_id"]))
    ends = [target]
    moved = [Movement(target.issued, target_key, -target.sign * amount, instalment, order=order)]
    if kind in ("payment", "credit", "refund"):
        source_key = ("document" if kind == "credit" else "payment", str(row["source_id"]))
        source = made.items.get(source_key)
        if source is None:
            return
        taken = amount
        if source.currency != target.currency:
            if not row["source_amount"]:
                return
            taken = abs(Decimal(str(row["source_amount"]))) * (1 if amount > 0 else -1)
            if not _fits(taken, source.currency):
                return
        line = source.currency != target.currency or source.client != target.client
        ends.append(source)
        moved = [
            Movement(target.issued, target_key, source.sign * amount, instalment, line, order),
            Movement(target.issued, source_key, -source.sign * taken, None, line, order),
        ]
    # Rule 2: the latest of its own day and its ends'; gone with the first of them that is void.
    days = [end.issued for end in ends] + ([_day(row["date"])] if row["date"] else [])
    until = min((end.voided for end in ends if end.voided), default=None)
    if until and until <= max(days):
        return
    for movement in moved:
        made.movements.append(replace(movement, day=max(days)))
        if until:
            made.movements.append(replace(movement, day=until, amount=-movement.amount))


def balances(made: Book, day: date) -> dict[tuple[str, str], Decimal]:
    """Client and currency → balance as of the day, where there is any movement."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for movement in made.movements:
        if movement.day <= day:
            item = made.items[movement.item]
            found[item.client, item.currency] += movement.amount
    return dict(found)


def open_items(made: Book, day: date) -> dict[tuple[str, str, int], tuple[Decimal, date]]:
    """Item and instalment (0: no plan) → what is open as of the day and when it is due.

    Zero is left out.
    """
    found: dict[tuple[str, str, int], tuple[Decimal, date]] = {}
    for key, item in made.items.items():
        on_item = [m for m in made.movements if m.item == key and m.day <= day]
        if not on_item:
            continue
        total = sum((m.amount for m in on_item), Decimal())
        plan = [
            (due, number, amount)
            for due, number, amount, voided in made.plans.get(key[1], ())
            if key[0] == "document" and (voided is None or voided > day)
        ]
        if not plan:
            if total:
                found[*key, 0] = (total, item.due)
            continue
        for number, amount, due in _instalments(item, plan, on_item, total):
            if amount:
                found[*key, number] = (amount, due)
    return found


def _instalments(
    item: Item,
    plan: list[tuple[date, int, Decimal]],
    on_item: list[Movement],
    total: Decimal,
) -> list[tuple[int, Decimal, date]]:
    """Rule 5: named first, the rest oldest first, the last instalment takes what is left over."""
    named = {}
    for _, number, amount in plan:
        on_it = -sum((m.amount for m in on_item if m.instalment == number), Decimal())
        named[number] = max(min(on_it, amount), Decimal())
    pool = item.sign * item.amount - total - sum(named.values())
    for _, number, _ in reversed(plan):  # what was taken back beyond the unnamed part
        back = min(max(-pool, Decimal()), named[number])
        named[number] -= back
        pool += back
    shown = []
    left = total
    for due, number, amount in plan[:-1]:
        used = max(min(pool, amount - named[number]), Decimal())
        pool -= used
        part = min(amount - named[number] - used, max(left, Decimal()))
        shown.append((number, part, due))
        left -= part
    due, number, _ = plan[-1]
    return [*shown, (number, left, due)]


def aging(
    made: Book, day: date, basis: str, limits: list[int]
) -> dict[tuple[str, str], dict[str, Decimal]]:
    """Client and currency → range name → amount, with `unapplied` and `total`."""
    found: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for (kind, number, _), (amount, due) in open_items(made, day).items():
        item = made.items[kind, number]
        row = found[item.client, item.currency]
        row["total"] += amount
        if not item.owes(amount):
            row["unapplied"] += amount
        else:
            age = (day - (item.issued if basis == "issue_date" else due)).days
            row[range_name(age, basis, limits)] += amount
    return {key: dict(row) for key, row in found.items()}


def range_name(age: int, basis: str, limits: list[int]) -> str:
    """The range an age falls in; limits belong to the lower one."""
    if basis == "due_date" and age <= 0:
        return "current"
    lower = 1 if basis == "due_date" else 0
    for limit in limits:
        if age <= limit:
            return f"{lower}-{limit}"
        lower = limit + 1
    return f"{limits[-1]}+"


def activity(made: Book, client: str, currency: str, day: date) -> list[tuple[date, Decimal]]:
    """Day and balance after each line of the client's activity, in the statement's order."""
    lines = [
        m
        for m in made.movements
        if m.line and m.day <= day
        and made.items[m.item].client == client and made.items[m.item].currency == currency
    ]  # fmt: skip
    lines.sort(key=lambda m: (m.day, m.order[0], made.items[m.item].number, m.item[1], m.order[1]))
    running = Decimal()
    shown = []
    for line in lines:
        running += line.amount
        shown.append((line.day, running))
    return shown
