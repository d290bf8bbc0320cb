"""The statements that were read last: a page, its live view and its files ask for the same one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

from cartera.statement import Statement

#: Rows (items, their allocations, lines) kept in all; some 600 bytes each.
MOST_ROWS = 50_000


class Recent:
    """Statements by what was asked, the oldest forgotten first; safe to share between threads."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        self._most_rows = most_rows
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Statement, int]] = OrderedDict()
        self.rows = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> Statement | None:
        """The statement kept under a key."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def keep(self, key: Hashable, statement: Statement) -> None:
        """Keep a statement; one that is larger than all of the room is not kept."""
        size = 10 + sum(
            len(section.lines)
            + len(section.future_payments)
            + sum(1 + len(item.allocations) + len(item.instalments) for item in section.items)
            for section in statement.sections
        )
        if size > self._most_rows:
            return
        with self._lock:
            if key in self._kept:
                self.rows -= self._kept.pop(key)[1]
            self._kept[key] = (statement, size)
            self.rows += size
            while self.rows > self._most_rows:
                _, (_, dropped) = self._kept.popitem(last=False)
                self.rows -= dropped
