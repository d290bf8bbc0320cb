"""A gateway made of files: what is true of each payment stands in one that a test writes.

For tests of what happens on our side, in this process and in those that are killed. Real gateways,
and a simulated one in a process of its own, are tested under `tests/gateways` and `tests/sandbox`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cartera.gateways import registry
from cartera.gateways.base import Checked, Checkout, Forged, Found, Order, Signal, Unreachable
from cartera.gateways.keys import Key, Keys

NAME = "paper"
TITLE = "Papel"
KEYS = (Key("PAPER_FOLDER", "where its books are"),)
SIMULATION = True
SECRET = b"paper"
SIGNATURE = "x-paper-signature"


class Paper:
    """The gateway, over its folder."""

    name, title, is_simulation, can_close = NAME, TITLE, SIMULATION, True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def takes(self, currency: str) -> bool:
        return currency in ("COP", "USD")

    def least(self, currency: str) -> Decimal:
        return Decimal(10)

    def lives(self) -> int:
        return 30

    def start(self, order: Order) -> Checkout:
        self._answers()
        if not self._file(order.reference).exists():
            self.say(order.reference, "open", order.amount, order.currency)
        return Checkout(f"https://paper.example/{order.reference}", f"paper-{order.reference}")

    def look_up(self, reference: str, gateway_ids: Sequence[str] = ()) -> Found | None:
        self._answers()
        if not (file := self._file(reference)).exists():
            return None
        said = json.loads(file.read_text())
        return Found(
            stand=said["stand"], reference=reference, amount=Decimal(said["amount"]),
            currency=said["currency"], gateway_id=f"paper-{reference}",
            refunded=Decimal(said["refunded"]), method="CARD",
        )  # fmt: skip

    def close(self, reference: str, gateway_id: str) -> bool:
        found = self.look_up(reference)
        if found is None or found.stand != "open":
            return False
        self.say(reference, "expired", found.amount, found.currency)
        return True

    def signal(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> Signal:
        if not hmac.compare_digest(headers.get(SIGNATURE, ""), sign(body)):
            raise Forged("the signature does not hold")
        said = json.loads(body)
        amount = said.get("amount")
        return Signal(
            said["key"], "paid", said["reference"], said.get("gateway_id", ""), said.get("stand"),
            None if amount is None else Decimal(amount), said.get("currency"),
        )  # fmt: skip

    def check(self) -> Checked:
        return Checked(True, "fine")

    def say(
        self, reference: str, stand: str, amount: Decimal | str, currency: str = "COP",
        refunded: Decimal | str = "0",
    ) -> None:  # fmt: skip
        """What is true from now on."""
        said = {"stand": stand, "amount": str(amount), "currency": currency,
                "refunded": str(refunded)}  # fmt: skip
        fresh = self._file(reference).with_suffix(".new")
        fresh.write_text(json.dumps(said))
        fresh.replace(self._file(reference))

    def is_down(self, down: bool) -> None:
        """Whether it answers."""
        mark = self.folder / "down"
        mark.touch() if down else mark.unlink(missing_ok=True)

    def _answers(self) -> None:
        if (self.folder / "down").exists():
            raise Unreachable("nobody is there")

    def _file(self, reference: str) -> Path:
        return self.folder / f"{reference}.json"


def of(company_id: str, found: Keys) -> Paper:
    return Paper(Path(found["PAPER_FOLDER"].get_secret_value()))


def event(key: str, reference: str, **said: Any) -> tuple[bytes, dict[str, str]]:
    """A signed event: body and headers."""
    body = json.dumps({"key": key, "reference": reference, **said}).encode()
    return body, {SIGNATURE: sign(body)}


def sign(body: bytes) -> str:
    return hmac.new(SECRET, body, hashlib.sha256).hexdigest()


def install(patch: pytest.MonkeyPatch, folder: Path) -> Paper:
    """The only gateway there is, for every company."""
    patch.setenv("CARTERA_PAPER_FOLDER", str(folder))
    patch.setattr(registry, "MODULES", (NAME,))
    patch.setattr(registry, "maker", lambda name: {NAME: sys.modules[__name__]}[name])
    return Paper(folder)
