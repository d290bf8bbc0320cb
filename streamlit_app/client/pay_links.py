"""Addresses of paying on a client's page."""

from __future__ import annotations

from urllib.parse import urlencode

from cartera.store.links import Link

PAY = "/pagar"
#: Leads on to the gateway: nothing of ours changes by it.
GO = "/pagar/ir"
#: Gets an address from the gateway where none was noted.
RESUME = "/pagar/seguir"
END = "/pagar/terminar"
#: Where the gateway sends the browser.
BACK = "/pagar/vuelta"
#: Where gateways post: `{gateway}/{company_id}` under it.
EVENTS = "/pagos/eventos"


def pay(link: Link, *, currency: str = "", document: str = "", language: str | None = None) -> str:
    """The form, in a currency, with a document already chosen."""
    more = {"currency": currency, "document": document}
    return _address(PAY, link, {name: value for name, value in more.items() if value}, language)


def of_payment(path: str, link: Link, public_id: str, *, language: str | None = None) -> str:
    """What can be done with a payment that was begun: `GO`, `RESUME`, `END` or `BACK`."""
    return _address(path, link, {"p": public_id}, language)


def _address(path: str, link: Link, asked: dict[str, str], language: str | None) -> str:
    spoken = {"lang": language} if language else {}
    return f"{path}?{urlencode({'l': link.public_id, **asked, **spoken})}"
