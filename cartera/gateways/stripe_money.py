"""Amounts as Stripe writes them: whole numbers of a currency's smallest unit at Stripe.

https://docs.stripe.com/currencies : not always ISO 4217's. COP has two decimals there; UGX and ISK
have none to speak of, and are written with two all the same; of three decimals the last is zero.
"""

from __future__ import annotations

from decimal import Decimal

from cartera.gateways.base import Refused

NONE = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
THREE = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
#: Written with two decimals that must be zero.
WHOLE = frozenset(("ISK", "UGX"))
#: The least that a charge can be, where it is known in that currency.
LEAST = {"USD": Decimal("0.50"), "EUR": Decimal("0.50"), "BRL": Decimal("0.50"), "MXN": Decimal(10)}


def places(currency: str) -> int:
    """Decimals of a currency at Stripe."""
    return 0 if currency in NONE else 3 if currency in THREE else 2


def units(amount: Decimal, currency: str) -> int:
    """What Stripe is told. Raises `Refused` for an amount that it cannot be told."""
    found = amount.scaleb(places(currency))
    step = 10 if currency in THREE else 100 if currency in WHOLE else 1
    if found != found.to_integral_value() or found <= 0 or int(found) % step:
        raise Refused(f"Stripe: {amount} {currency} is no amount there")
    return int(found)


def amount(units: int, currency: str) -> Decimal:
    """What Stripe told."""
    return Decimal(units).scaleb(-places(currency))
