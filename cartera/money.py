"""Exact money: currencies, their decimals, and amounts as text.

Amounts are `decimal.Decimal` everywhere in Python and DECIMAL(18, 4) in the warehouse: four
decimals hold every ISO 4217 currency (CLF and UYW have four, KWD three, COP and USD two, CLP
none). Nothing here rounds silently: an amount with more decimals than its currency is an error
in the data and is refused on the way in.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

#: Scale of every amount column in the warehouse.
SCALE = 4
#: Digits before the mark of the largest amount that is taken, and that amount. DECIMAL(18, 4) has
#: one digit more: so a slip of the hand, and the one that takes it back, still have a sum.
MAX_DIGITS = 13
MAX_AMOUNT = Decimal("9999999999999.9999")
ZERO = Decimal(0)


@lru_cache(maxsize=1)
def currency_decimals() -> dict[str, int]:
    """Decimals of every currency that CLDR knows, by ISO 4217 code (source: babel's CLDR data)."""
    from babel import Locale
    from babel.core import get_global

    fractions = get_global("currency_fractions")
    default = fractions["DEFAULT"][0]
    known = [str(code) for code in Locale("en").currencies]
    decimals = {code: int(fractions.get(code, (default,))[0]) for code in known}
    # CLDR gives the decimals people write by hand; accounting follows ISO 4217. The peso
    # colombiano has cents in the books (invoices carry them) though nobody pays with them.
    return decimals | _ISO_4217_WHERE_CLDR_DIFFERS


#: ISO 4217 minor units where CLDR's customary decimals are fewer.
_ISO_4217_WHERE_CLDR_DIFFERS = {
    "COP": 2, "CRC": 2, "HUF": 2, "IDR": 2, "TWD": 2, "CZK": 2, "NOK": 2, "SEK": 2, "PKR": 2,
    "ALL": 2, "AMD": 2, "IQD": 3, "IRR": 2, "KPW": 2, "LAK": 2, "LBP": 2, "MMK": 2, "RSD": 2,
    "SYP": 2, "TZS": 2, "UZS": 2, "YER": 2, "AFN": 2, "MGA": 2, "SLE": 2, "SOS": 2, "STN": 2,
    "CLF": 4, "UYW": 4, "DOP": 2, "GYD": 2, "MUR": 2, "CUP": 2,
}  # fmt: skip


def decimals_of(currency: str) -> int:
    """Number of decimals of a currency (2 where the code is unknown)."""
    return currency_decimals().get(currency, 2)


def amount_text(amount: Decimal, currency: str) -> str:
    """An amount as the contract prints it in JSON: plain, dot, the currency's decimals.

    >>> amount_text(Decimal("1500.0000"), "COP")
    '1500.00'
    """
    quantum = Decimal(1).scaleb(-decimals_of(currency))
    shown = amount.quantize(quantum)
    if shown != amount:  # never hide a fraction of a cent: the ledger cannot hold one
        raise ValueError(f"{amount} has more decimals than {currency} allows")
    return f"{shown or abs(shown):f}"
