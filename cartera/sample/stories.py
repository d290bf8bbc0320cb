"""What ordinary trade does not bring by itself: each function tells one thing that happens.

They use clients by name, so that a person can look the case up in the demo.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random

from cartera.sample.clients import PEDRO, Client
from cartera.sample.history import (
    Book,
    Document,
    Payment,
    bank_reference,
    cents,
    draw_base,
    trade,
)

Clients = Mapping[str, Client]

#: Pedro's ordinary life ends this many days ago; from then on his account is told by hand.
PEDRO_BY_HAND = 215


def tell_all(book: Book, clients: Clients, seed: int) -> None:
    """Every story, in order, each with its own dice."""
    for story in _STORIES:
        story(book, clients, Random(f"{seed}:{story.__name__}"))


def pedro(book: Book, clients: Clients, rng: Random) -> None:
    """An account with everything that a statement can show."""
    client = clients[PEDRO]
    trade(book, client, rng, until=PEDRO_BY_HAND)

    # paid, with the tax he withheld
    paid = book.invoice(client, 204, Decimal(1_000_000), purchase_order="OC-118")
    book.allocate("withholding", paid, Decimal(25_000), 170, label="ReteFuente 2.5 %")
    _pay(book, rng, 170, paid)

    # more than 90 days overdue, and he disagrees
    book.invoice(client, 151, Decimal(500_000), disputed=True, purchase_order="OC-126")

    # part-paid, 61 to 90 days overdue
    partly = book.invoice(client, 101, Decimal(2_000_000), purchase_order="OC-131")
    _pay(book, rng, 64, partly, Decimal(1_000_000))

    # 31 to 60 days overdue
    book.invoice(client, 76, Decimal(850_000), purchase_order="OC-137")

    # in three instalments: the first paid, the second overdue, the third to come
    in_parts = book.invoice(client, 70, Decimal(3_600_000), parts=3, purchase_order="OC-140")
    first = _payment(book, client, rng, 39, in_parts.instalments[0])
    book.allocate("payment", in_parts, first.amount, 39, source=first, instalment=1)

    # up to 30 days overdue, less what he sent back
    returned = book.invoice(client, 46, Decimal(1_500_000), purchase_order="OC-144")
    note = book.credit_note(client, 41, Decimal(150_000), reference="Devolución de mercancía")
    book.allocate("credit", returned, note.total, 41, source=note)

    # money in hand for the next order
    _payment(book, client, rng, 19, Decimal(500_000), reference="Anticipo pedido OC-152")

    # not yet due
    book.invoice(client, 12, Decimal(3_000_000), purchase_order="OC-149")
    book.invoice(client, 4, Decimal(750_000), purchase_order="OC-151")


def kept_in_favour(book: Book, clients: Clients, rng: Random) -> None:
    """Somebody pays more than the invoice; the rest pays part of the next one."""
    client = clients["ferreteria-tornillo-feliz"]
    first = book.invoice(client, 88, Decimal(2_450_000))
    payment = _payment(book, client, rng, 57, Decimal(3_500_000))
    book.settle(first, payment)
    second = book.invoice(client, 40, Decimal(1_900_000))
    rest = payment.amount - first.total
    book.allocate("payment", second, rest, 39, source=payment)
    _pay(book, rng, 11, second)


def unexplained_money(book: Book, clients: Clients, rng: Random) -> None:
    """A deposit nobody can place yet, and what was paid twice."""
    _payment(book, clients["tienda-don-evaristo"], rng, 6, Decimal(830_000), method="Consignación")
    client = clients["electricos-otun"]
    invoice = book.invoice(client, 75, Decimal(1_780_000))
    _pay(book, rng, 44, invoice)
    _payment(book, client, rng, 43, invoice.total)


def allocated_beyond_the_invoice(book: Book, clients: Clients, rng: Random) -> None:
    """The one slip in these books: all of a payment put on an invoice smaller than it.

    A real ledger has such rows. Cartera keeps the figure and lists a warning.
    """
    client = clients["maderas-sinu"]
    invoice = book.invoice(client, 132, Decimal(1_000_000))
    payment = _payment(book, client, rng, 98, Decimal(1_200_000))
    book.settle(invoice, payment, payment.amount)


def refunded_advance(book: Book, clients: Clients, rng: Random) -> None:
    """An advance for an order that was cancelled goes back, most of it."""
    client = clients["hotel-mirador-cafe"]
    advance = _payment(book, client, rng, 66, Decimal(2_000_000), reference="Anticipo OC-3381")
    back = _payment(
        book, client, rng, 52, Decimal(1_850_000), direction="out", reference="Pedido OC-3381"
    )
    book.allocate("refund", advance, back.amount, 52, source=back, label="Devolución de anticipo")


def returned_cheques(book: Book, clients: Clients, rng: Random) -> None:
    """Two cheques bounce and re-open their invoices; one is made good, the other not."""
    for name, age, made_good in (
        ("distribuidora-buen-precio", 118, True),
        ("pinturas-arcoiris-sur", 83, False),
    ):
        client = clients[name]
        invoice = book.invoice(client, age, draw_base(client, rng))
        cheque = _payment(book, client, rng, age - 33, invoice.total, method="Cheque")
        book.settle(invoice, cheque)
        bounced = _payment(
            book, client, rng, age - 37, cheque.amount,
            direction="out", method="Cheque devuelto", reference=cheque.reference,
        )  # fmt: skip
        book.allocate(
            "refund", invoice, bounced.amount, age - 37, source=bounced, label="Cheque devuelto"
        )
        if made_good:
            _pay(book, rng, age - 50, invoice)


def dollars_paid_in_pesos(book: Book, clients: Clients, rng: Random) -> None:
    """Pesos arrive for a dollar invoice; the rate of the day leaves a difference either way."""
    for name, age, rate, difference in (
        ("suministros-canal", 95, Decimal("4012.35"), Decimal("6.40")),
        ("importadora-quito-norte", 140, Decimal("4127.80"), Decimal("-3.15")),
        ("andes-hardware-trading", 51, Decimal("3986.10"), Decimal("11.08")),
    ):
        client = clients[name]
        invoice = book.invoice(client, age, draw_base(client, rng))
        dollars = invoice.total - difference
        received = cents(dollars * rate)
        pay_age = age - client.terms + 2
        payment = _payment(book, client, rng, pay_age, received, currency="COP", method="SWIFT")
        book.allocate(
            "payment", invoice, dollars, pay_age, source=payment, source_amount=received,
            label=f"TRM {rate}",
        )  # fmt: skip
        book.allocate("exchange", invoice, difference, pay_age, label="Diferencia en cambio")


def interest(book: Book, clients: Clients, rng: Random) -> None:
    """Those who pay late are charged for it, and pay that late as well."""
    for name, age, base, paid in (
        ("construcciones-altavista", 160, 142_300, True),
        ("construcciones-altavista", 58, 187_650, False),
        ("inversiones-piedra-negra", 74, 236_900, False),
        ("ingenieria-montajes-delta", 91, 119_480, True),
        ("avicola-campo-lindo", 33, 64_200, False),
        ("jhon-jairo-munera", 27, 18_750, False),
    ):
        note = book.invoice(
            clients[name], age, Decimal(base), type="debit_note", taxed=False, terms=15,
            reference="Intereses de mora",
        )  # fmt: skip
        if paid:
            _pay(book, rng, age - 40, note)


def unapplied_credit_notes(book: Book, clients: Clients, rng: Random) -> None:
    """Credit notes that wait for somebody to say which invoice they lower."""
    for name, age in (
        ("clinica-san-amparo", 17),
        ("muebles-disenos-ceiba", 9),
        ("supermercados-cosecha", 36),
    ):
        rebate = Decimal(rng.randrange(90, 700) * 1000)
        book.credit_note(clients[name], age, rebate, reference="Rebaja por volumen")


def instalment_plans(book: Book, clients: Clients, rng: Random) -> None:
    """Big orders in six parts; what is paid settles the oldest first, without naming it."""
    for name, age, base, paid in (
        ("constructora-tres-cordilleras", 128, 24_000_000, 4),
        ("urbanizadora-cielo-claro", 101, 18_500_000, 2),
        ("equipos-medicos-santa", 47, 9_750_000, 1),
    ):
        client = clients[name]
        plan = book.invoice(client, age, Decimal(base), parts=6, reference="Proyecto")
        for month in range(1, paid + 1):
            _pay(book, rng, age - 30 * month, plan, plan.instalments[month - 1])


def disputes(book: Book, clients: Clients, rng: Random) -> None:
    """Invoices that the client does not accept as they are."""
    for name, age in (
        ("aceros-cumbre", 71),
        ("clinica-san-amparo", 108),
        ("almacen-gran-bisagra", 49),
    ):
        client = clients[name]
        book.invoice(client, age, draw_base(client, rng), disputed=True, reference="En reclamo")


def lost(book: Book, clients: Clients, rng: Random) -> None:
    """A client who closed left a little; it was given up."""
    client = clients["hernan-dario-gallego"]
    invoice = book.invoice(client, 400, Decimal(310_000))
    _pay(book, rng, 360, invoice, Decimal(250_000))
    book.allocate(
        "write_off", invoice, book.open_of(invoice), 190, label="Cartera castigada, acta 14"
    )


def drafts_and_mistakes(book: Book, clients: Clients, rng: Random) -> None:
    """What must count for nothing: drafts, void papers, money that has not arrived."""
    for name in ("industrias-metalicas-rivera", "ferrehogar-almendros", "remodelaciones-casa-viva"):
        client = clients[name]
        book.invoice(client, rng.randrange(3), draw_base(client, rng), status="draft")
    client = clients["plasticos-pacifico-azul"]
    book.invoice(client, 24, Decimal(4_100_000), status="void", reference="Precio errado")
    book.invoice(client, 24, Decimal(3_900_000), reference="Reemplaza la anterior")
    _payment(book, client, rng, 2, Decimal(4_641_000), method="PSE", status="pending")
    client = clients["acabados-pisos-elegantes"]
    _payment(book, client, rng, 62, Decimal(1_250_000), status="void", reference="Registro doble")

    # put on the wrong invoice first: that allocation is void, the right one stands
    client = clients["confecciones-hilo-fino"]
    wrong = book.invoice(client, 68, Decimal(2_650_000))
    right = book.invoice(client, 67, Decimal(2_650_000))
    payment = _payment(book, client, rng, 35, right.total)
    book.allocate("payment", wrong, payment.amount, 35, source=payment, status="void")
    book.settle(right, payment)
    _pay(book, rng, 30, wrong)


_STORIES: tuple[Callable[[Book, Clients, Random], None], ...] = (
    pedro,
    kept_in_favour,
    unexplained_money,
    allocated_beyond_the_invoice,
    refunded_advance,
    returned_cheques,
    dollars_paid_in_pesos,
    interest,
    unapplied_credit_notes,
    instalment_plans,
    disputes,
    lost,
    drafts_and_mistakes,
)


def _payment(
    book: Book, client: Client, rng: Random, age: int, amount: Decimal, **more: str
) -> Payment:
    return book.payment(client, age, amount, **{"reference": bank_reference(rng), **more})


def _pay(
    book: Book, rng: Random, age: int, document: Document, amount: Decimal | None = None
) -> None:
    """A transfer for one document: all that is open of it, unless told how much."""
    paid = book.open_of(document) if amount is None else amount
    payment = _payment(book, document.client, rng, age, paid)
    book.settle(document, payment, paid)
