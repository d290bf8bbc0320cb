"""Two years of trade, told in days before today.

Everything is placed by its `age` (days before today) and drawn from fixed seeds; calendar dates
come last, in `cartera.sample`. So the amounts are the same whatever the day, and the demo never
looks stale.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from cartera.sample.clients import Client

HISTORY_DAYS = 730
DAYS_PER_INSTALMENT = 30
IVA = Decimal("0.19")
RETEFUENTE = Decimal("0.025")
RETEIVA = Decimal("0.15")  # of the IVA
RETEICA = Decimal("0.007")
PROMPT_DISCOUNT = Decimal("0.03")

#: Residues below this are not worth a phone call and are written off.
TINY = Decimal(1000)

#: Days after the due date on which each habit pays: from, up to (not included).
_DELAYS = {
    "prompt": (-8, 0),
    "punctual": (-6, 4),
    "relaxed": (-2, 28),
    "late": (10, 75),
    "slow": (45, 150),
    "stopped": (0, 20),
}
#: Age from which on a client who `stopped` pays nothing any more.
_STOPPED_AT = 170
_METHODS = ("Transferencia", "Transferencia", "PSE", "Consignación", "Cheque")
_CENT = Decimal("0.01")


@dataclass(eq=False, slots=True)
class Document:
    """An invoice, debit note or credit note; `base` is its value before IVA."""

    client: Client
    type: str
    age: int
    base: Decimal
    total: Decimal
    currency: str
    terms: int | None
    status: str = "issued"
    disputed: bool = False
    reference: str = ""
    purchase_order: str = ""
    #: amounts of the instalments, one due every `DAYS_PER_INSTALMENT`
    instalments: tuple[Decimal, ...] = ()

    @property
    def tax(self) -> Decimal:
        """IVA in the total."""
        return self.total - self.base


@dataclass(eq=False, slots=True)
class Payment:
    """Money in or, with direction `out`, money back."""

    client: Client
    age: int
    amount: Decimal
    currency: str
    direction: str = "in"
    status: str = "received"
    method: str = "Transferencia"
    reference: str = ""


@dataclass(eq=False, slots=True)
class Allocation:
    """What settles what. `target` is a payment only where an advance is refunded."""

    kind: str
    amount: Decimal
    age: int
    target: Document | Payment
    source: Document | Payment | None = None
    source_amount: Decimal | None = None
    label: str = ""
    instalment: int | None = None
    status: str = "posted"


@dataclass(slots=True)
class Book:
    """All rows, in the order in which they were told."""

    documents: list[Document] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    allocations: list[Allocation] = field(default_factory=list)
    _settled: dict[Document, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def invoice(
        self,
        client: Client,
        age: int,
        base: Decimal,
        *,
        type: str = "invoice",  # noqa: A002 - the contract's own column name
        taxed: bool = True,
        terms: int | None = None,
        status: str = "issued",
        disputed: bool = False,
        reference: str = "",
        purchase_order: str = "",
        parts: int = 0,
    ) -> Document:
        """A document on the client's terms, or in `parts` monthly instalments.

        IVA is added unless the client is abroad.
        """
        tax = cents(base * IVA) if taxed and not client.is_export else Decimal(0)
        total = cents(base + tax)
        days = client.terms if terms is None else terms
        if parts:
            days = DAYS_PER_INSTALMENT * parts
        each = (total / parts).quantize(Decimal(1)) if parts else total
        document = Document(
            client, type, age, base, total, client.currency, days, status, disputed, reference,
            purchase_order, (*[each] * (parts - 1), total - each * (parts - 1)) if parts else (),
        )  # fmt: skip
        self.documents.append(document)
        return document

    def credit_note(
        self, client: Client, age: int, base: Decimal, *, reference: str = ""
    ) -> Document:
        """A credit note, not applied to anything yet."""
        note = self.invoice(client, age, base, type="credit_note", reference=reference)
        note.terms = None
        return note

    def payment(self, client: Client, age: int, amount: Decimal, **more: str) -> Payment:
        """Money received (or sent back, `direction="out"`), in the client's currency."""
        payment = Payment(client, age, amount, more.pop("currency", client.currency), **more)
        self.payments.append(payment)
        return payment

    def allocate(
        self,
        kind: str,
        target: Document | Payment,
        amount: Decimal,
        age: int,
        *,
        source: Document | Payment | None = None,
        source_amount: Decimal | None = None,
        label: str = "",
        instalment: int | None = None,
        status: str = "posted",
    ) -> None:
        """One allocation; an amount of zero leaves no row."""
        if not amount:
            return
        self.allocations.append(
            Allocation(kind, amount, age, target, source, source_amount, label, instalment, status)
        )
        if isinstance(target, Document) and status == "posted":
            self._settled[target] += -amount if kind == "refund" else amount

    def settle(self, document: Document, payment: Payment, amount: Decimal | None = None) -> None:
        """Apply a payment to a document: all that is open of it, unless told how much."""
        self.allocate(
            "payment", document, self.open_of(document) if amount is None else amount,
            payment.age, source=payment,
        )  # fmt: skip

    def open_of(self, document: Document) -> Decimal:
        """What is still open of an invoice or debit note."""
        return document.total - self._settled[document]


def cents(amount: Decimal) -> Decimal:
    """Rounded to the cent, halves up, as an invoice does."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def pesos(amount: Decimal) -> Decimal:
    """Rounded to the whole peso, as withholdings are."""
    return amount.quantize(Decimal(1), ROUND_HALF_UP)


def draw_base(client: Client, rng: Random) -> Decimal:
    """The value of an ordinary invoice before tax: from a half to twice the client's usual."""
    share = 50 + rng.randrange(75) + (rng.randrange(75) if rng.random() < 0.25 else 0)
    if client.is_export:
        return Decimal(client.size * share * 1000 + rng.randrange(100_000)) / 100
    base = Decimal(client.size * share // 10 * 100)
    if rng.random() < 0.05:  # sold by weight: unit prices leave cents
        base += Decimal(rng.randrange(1, 10_000)) / 100
    return base


def trade(book: Book, client: Client, rng: Random, *, until: int = 0) -> None:
    """A client's ordinary life: orders from two years ago until `until` days ago, paid to date."""
    due: dict[int, list[tuple[Document, int]]] = defaultdict(list)
    age = HISTORY_DAYS - rng.randrange(client.every)
    while age >= until:
        invoice = _order(book, client, rng, age)
        if invoice.status == "issued":
            for pay_age, percent in _payment_plan(client, invoice, rng):
                if 0 <= pay_age < invoice.age:
                    due[pay_age].append((invoice, percent))
        age -= max(1, client.every // 2 + rng.randrange(client.every))
    for pay_age in sorted(due, reverse=True):
        _pay(book, client, pay_age, due[pay_age], rng)


def _order(book: Book, client: Client, rng: Random, age: int) -> Document:
    base = draw_base(client, rng)
    order = f"OC-{rng.randrange(1000, 9999)}" if rng.random() < 0.4 else ""
    chance = rng.random()
    if chance < 0.012:
        return book.invoice(client, age, base, status="void", purchase_order=order)
    large = base >= 6_000_000 and not client.is_export
    parts = 3 if large and chance > 0.9 else 0
    invoice = book.invoice(client, age, base, purchase_order=order, parts=parts)
    if 0.012 <= chance < 0.045 and age > 12:  # part of the goods came back
        returned = cents(base * rng.randrange(5, 30) / 100)
        note_age = age - rng.randrange(2, 9)
        note = book.credit_note(client, note_age, returned, reference="Devolución de mercancía")
        book.allocate("credit", invoice, note.total, note_age, source=note)
    return invoice


def _payment_plan(client: Client, invoice: Document, rng: Random) -> list[tuple[int, int]]:
    """(age, share) of each payment that this invoice will see.

    A share is a percentage of what is open then; -1, -2, ... stand for an instalment.
    """
    first, last = _DELAYS[client.habit]
    delay = rng.randrange(first, last)
    if client.habit == "prompt":
        pay_age = invoice.age - rng.randrange(3, 10)
    else:
        pay_age = invoice.age - client.terms - delay
    in_parts = rng.random() < 0.07
    second = rng.randrange(12, 40)
    if client.habit == "stopped" and pay_age < _STOPPED_AT:
        return []
    if invoice.instalments:
        months = range(1, len(invoice.instalments) + 1)
        return [
            (invoice.age - DAYS_PER_INSTALMENT * month - max(0, delay), -month) for month in months
        ]
    if client.in_runs:
        pay_age -= pay_age % 14
    return [(pay_age, 50), (pay_age - second, 100)] if in_parts else [(pay_age, 100)]


def _pay(
    book: Book, client: Client, age: int, due: list[tuple[Document, int]], rng: Random
) -> None:
    """One payment for everything that this client settles on that day."""
    payment = book.payment(
        client, age, Decimal(0), method=rng.choice(_METHODS), reference=bank_reference(rng)
    )
    for invoice, percent in due:
        if percent < 0:  # an instalment, counted from one
            amount = invoice.instalments[-percent - 1]
            book.allocate("payment", invoice, amount, age, source=payment, instalment=-percent)
            payment.amount += amount
            continue
        if percent == 100:
            deduct(book, client, invoice, age)
        open_before = book.open_of(invoice) * percent / 100
        # Nobody transfers centavos, and some drop the last pesos too; dollars come to the cent.
        unit = _CENT if client.is_export else Decimal(100 if rng.random() < 0.05 else 1)
        amount = open_before // unit * unit
        book.allocate("payment", invoice, amount, age, source=payment)
        payment.amount += amount
        residue = book.open_of(invoice)
        if percent == 100 and residue < TINY:
            book.allocate("write_off", invoice, residue, age, label="Ajuste al peso")


def deduct(book: Book, client: Client, invoice: Document, age: int) -> None:
    """What a client keeps back when it pays: withholdings, and the discount for being prompt."""
    income, iva, ica = client.withholds
    if income:
        amount = pesos(invoice.base * RETEFUENTE)
        book.allocate("withholding", invoice, amount, age, label="ReteFuente 2.5 %")
    if iva:
        amount = pesos(invoice.tax * RETEIVA)
        book.allocate("withholding", invoice, amount, age, label="ReteIVA 15 %")
    if ica:
        amount = pesos(invoice.base * RETEICA)
        book.allocate("withholding", invoice, amount, age, label="ReteICA 7 x mil")
    if client.habit == "prompt":
        amount = pesos(invoice.base * PROMPT_DISCOUNT)
        book.allocate("discount", invoice, amount, age, label="Pronto pago 3 %")


def bank_reference(rng: Random) -> str:
    """Eight digits, as a bank prints them."""
    return str(rng.randrange(10**7, 10**8))
