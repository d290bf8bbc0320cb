"""Answering together what is asked at the same time.

Finding rows in the lake costs the same for one client and for fifty, so whatever arrives while
others are being answered waits for them and is then answered in one go. Who comes alone does not
wait.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Group = TypeVar("Group", bound=Hashable)
Answer = TypeVar("Answer")

#: How many answers are worked on at a time: one more than that is waiting anyway, on few cores.
SLOTS = 2
#: Asked in one go at most: bounds memory, and how long the first one waits for the last.
MOST = 50


@dataclass(eq=False, slots=True)
class _Waiting(Generic[Group, Answer]):
    """One question: what kind of question, about whom, and in the end its answer."""

    group: Group
    key: str
    woken: threading.Event = field(default_factory=threading.Event)
    is_leader: bool = False
    is_done: bool = False
    answer: Answer | None = None
    error: BaseException | None = None


class Together(Generic[Group, Answer]):
    """Calls `answer(group, keys)` for questions of one group; safe to share between threads.

    A failed call with several keys is tried again for each alone, so that nobody gets an error
    because of another.
    """

    def __init__(self, answer: Callable[[Group, Sequence[str]], Mapping[str, Answer]]) -> None:
        self._answer = answer
        self._lock = threading.Lock()
        self._queue: deque[_Waiting[Group, Answer]] = deque()
        self._leaders = 0

    def ask(self, group: Group, key: str) -> Answer:
        """The answer for one key; raises what `answer` raised for it."""
        mine: _Waiting[Group, Answer] = _Waiting(group, key)
        with self._lock:
            if self._leaders < SLOTS:
                self._leaders += 1
                mine.is_leader = True
            else:
                self._queue.append(mine)
        if not mine.is_leader:
            mine.woken.wait()  # until answered, or until it is this one's turn to lead
        if mine.is_leader:
            self._lead(mine)
        if mine.error is not None:
            raise mine.error
        return mine.answer  # type: ignore[return-value]  # done without an error: there is one

    def _lead(self, mine: _Waiting[Group, Answer]) -> None:
        """Answer one's own question and all waiting ones of its group; then the first one that
        still waits leads.
        """
        batch = [mine]
        try:
            with self._lock:
                others = [each for each in self._queue if each.group == mine.group]
                batch += others[: MOST - 1]
                self._queue = deque(each for each in self._queue if each not in batch)
            self._work(batch)
        finally:
            with self._lock:
                if self._queue:
                    heir = self._queue.popleft()
                    heir.is_leader = True
                    heir.woken.set()
                else:
                    self._leaders -= 1
            for each in batch:
                if not each.is_done:  # only where this thread itself is being ended
                    each.error = each.error or RuntimeError("answering was cut off")
                each.woken.set()

    def _work(self, batch: Sequence[_Waiting[Group, Answer]]) -> None:
        keys = list(dict.fromkeys(each.key for each in batch))
        try:
            answers = self._answer(batch[0].group, keys)
            for each in batch:
                each.answer = answers[each.key]
                each.is_done = True
        except Exception as error:  # noqa: BLE001  # handed to whoever asked
            if len(batch) > 1:
                for each in batch:
                    self._work([each])
                return
            batch[0].error = error
            batch[0].is_done = True
