"""Posts events until the merchant takes them, and answers for the bank of what was left pending."""

from __future__ import annotations

import logging
import threading

import httpx

from cartera import clock
from cartera.sandbox.account import Account, mac
from cartera.sandbox.book import Book, Delivery

log = logging.getLogger(__name__)
SIGNATURE = "X-Sandbox-Signature"
PAUSE = 0.2
#: Seconds after which an event is tried again double at each try, up to this.
LONGEST_WAIT = 60


class Courier:
    """One thread beside the server. What it has to do stands in the book, so it can be killed."""

    def __init__(self, book: Book, account: Account) -> None:
        self._book = book
        self._account = account
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._client = httpx.Client(timeout=5, follow_redirects=False, trust_env=False)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the event that is being posted."""
        self._stop.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._stop.wait(PAUSE):
            try:
                self.work()
            except Exception:
                log.exception("the courier goes on")

    def work(self) -> None:
        """Everything that is due now, once."""
        now = clock.now().timestamp()
        for transaction_id in self._book.due_to_settle(now):
            self._book.change(transaction_id, only=("PENDING",), to="APPROVED", now=now)
        if not self._account.events_url:
            return
        for delivery in self._book.due(now):
            if self._stop.is_set():
                return
            answer = self._post(delivery)
            now = clock.now().timestamp()
            if answer == "200":
                self._book.delivered(delivery.id, now=now)
            else:
                wait = min(LONGEST_WAIT, 2**delivery.tries)
                self._book.failed(delivery.id, answer, again_at=now + wait)

    def _post(self, delivery: Delivery) -> str:
        body = delivery.body.encode()
        headers = {
            "Content-Type": "application/json",
            SIGNATURE: mac(self._account.events_secret, body),
        }
        try:
            with self._client.stream(
                "POST", self._account.events_url, content=body, headers=headers
            ) as response:
                return str(response.status_code)
        except httpx.HTTPError as error:
            return type(error).__name__
