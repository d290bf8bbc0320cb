"""What a sender's tests work at: a store, a real mail server, and a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cartera.config import Settings
from cartera.mail.sender import Sender, Summary
from cartera.people import operator
from cartera.store import companies, outbox
from cartera.store.db import Store
from tests.mail.letters import PlainComposer
from tests.mail.servers import Post
from tests.people import ANA
from tests.store.mails import NOW, a_draft

HERE = operator("main")


@dataclass
class Desk:
    """An installation with a clock of its own."""

    settings: Settings
    store: Store
    post: Post
    now: datetime = NOW

    def queue(self, *addresses: str, **changes: Any) -> list[str]:
        at = outbox.count_messages(self.store, "main")
        drafts = [a_draft(at + n, address=to, **changes) for n, to in enumerate(addresses, 1)]
        return outbox.queue(self.store, "main", drafts, by=ANA, now=self.now)

    def sender(self, **changes: Any) -> Sender:
        values: dict[str, Any] = {"composer": PlainComposer(), "now": lambda: self.now}
        return Sender(self.settings, self.store, None, **(values | changes))  # type: ignore[arg-type]

    def run(self, **asked: Any) -> Summary:
        return self.sender().run(**asked)

    def message(self, public_id: str) -> outbox.Message:
        return outbox.get(self.store, "main", public_id)

    def outcome(self, public_id: str) -> tuple[str, str]:
        message = self.message(public_id)
        return message.state, message.reason

    def whats(self, public_id: str) -> list[str]:
        return [event.what for event in outbox.events(self.store, "main", public_id)]

    def save(self, **changes: Any) -> None:
        companies.save(self.store, "main", changes, by=HERE, now=self.now)
