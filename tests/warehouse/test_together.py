"""Questions asked at the same time: answered together, each with its own answer or error."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from cartera.warehouse import together
from cartera.warehouse.together import Together

PATIENCE = 30


class Slow:
    """Answers `group:key` once it may go on; remembers what was asked in one go."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[str, ...]]] = []
        self.running = 0
        self.go_on = threading.Event()
        self.started = threading.Semaphore(0)
        self.most_at_once = 0
        self._lock = threading.Lock()

    def __call__(self, group: str, keys: Sequence[str]) -> dict[str, str]:
        with self._lock:
            self.calls.append((group, tuple(keys)))
            self.running += 1
            self.most_at_once = max(self.most_at_once, self.running)
        self.started.release()
        try:
            assert self.go_on.wait(PATIENCE)
            if "bad" in keys:
                raise ValueError("bad")
            return {key: f"{group}:{key}" for key in keys}
        finally:
            with self._lock:
                self.running -= 1


def ask_all(slow: Slow, questions: list[tuple[str, str]]) -> list[object]:
    """Everybody asks while the first ones are still being answered."""
    asking = Together(slow)

    def ask(question: tuple[str, str]) -> object:
        try:
            return asking.ask(*question)
        except ValueError as error:
            return error

    with ThreadPoolExecutor(len(questions)) as pool:
        first = [pool.submit(ask, q) for q in questions[: together.SLOTS]]
        for _ in first:
            assert slow.started.acquire(timeout=PATIENCE)
        rest = [pool.submit(ask, q) for q in questions[together.SLOTS :]]
        while len(asking._queue) < len(rest):
            assert not any(each.done() for each in rest)
        slow.go_on.set()
        return [each.result(PATIENCE) for each in (*first, *rest)]


def test_who_comes_alone_is_answered_alone() -> None:
    slow = Slow()
    slow.go_on.set()
    asking = Together(slow)
    assert [asking.ask("a", "1"), asking.ask("a", "2")] == ["a:1", "a:2"]
    assert slow.calls == [("a", ("1",)), ("a", ("2",))]


def test_whoever_waits_is_answered_in_one_go() -> None:
    slow = Slow()
    questions = [("a", str(n)) for n in range(20)]
    assert ask_all(slow, questions) == [f"a:{n}" for n in range(20)]
    together_asked = slow.calls[together.SLOTS :]
    assert sum(len(keys) for _, keys in together_asked) == 20 - together.SLOTS
    assert len(together_asked) <= together.SLOTS
    assert slow.most_at_once <= together.SLOTS


def test_groups_are_never_mixed_and_all_are_served() -> None:
    slow = Slow()
    questions = [(group, str(n)) for n in range(12) for group in "abc"]
    assert ask_all(slow, questions) == [f"{group}:{key}" for group, key in questions]


def test_the_same_question_is_worked_on_once() -> None:
    slow = Slow()
    answers = ask_all(slow, [("a", "x"), ("a", "y"), *[("a", "z")] * 8])
    assert answers == ["a:x", "a:y", *["a:z"] * 8]
    assert all(len(keys) == len(set(keys)) for _, keys in slow.calls)


def test_one_that_fails_fails_alone() -> None:
    slow = Slow()
    keys = ["1", "2", "3", "bad", "5", "6"]
    answers = ask_all(slow, [("a", key) for key in keys])
    assert [str(a) for a in answers] == ["a:1", "a:2", "a:3", "bad", "a:5", "a:6"]
    assert isinstance(answers[3], ValueError)


def test_no_more_than_so_many_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "MOST", 4)
    slow = Slow()
    questions = [("a", str(n)) for n in range(30)]
    assert ask_all(slow, questions) == [f"a:{n}" for n in range(30)]
    assert max(len(keys) for _, keys in slow.calls) == 4


def test_a_thread_that_is_ended_leaves_nobody_waiting() -> None:
    class Ended(BaseException):
        pass

    entered, go_on = threading.Semaphore(0), threading.Event()

    def answer(group: str, keys: Sequence[str]) -> dict[str, str]:
        entered.release()
        assert go_on.wait(PATIENCE)
        if "end" in keys:
            raise Ended
        return dict.fromkeys(keys, "fine")

    asking = Together(answer)
    outcomes: dict[str, object] = {}

    def ask(key: str) -> None:
        try:
            outcomes[key] = asking.ask("a", key)
        except BaseException as error:
            outcomes[key] = error

    threads = [threading.Thread(target=ask, args=(key,)) for key in ("end", "1", "2", "3")]
    for thread in threads[: together.SLOTS]:
        thread.start()
        assert entered.acquire(timeout=PATIENCE)
    for thread in threads[together.SLOTS :]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert isinstance(outcomes.pop("end"), Ended)
    assert outcomes == dict.fromkeys(("1", "2", "3"), "fine")
    assert asking.ask("a", "4") == "fine"
