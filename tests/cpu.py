"""How much processor time each test's call took, with every process that it started.

Seconds on the clock say how busy the machine was; these say what the test costs. A test of the
quick tier that takes more than `LIMIT` is named at the end of the run, and is no failure.
`--cpu-report FILE` writes all of them, dearest first, each with what was set up before it: what
several share is in the first one's.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.tiers import tier_of

#: Seconds from which a test of the quick tier is named.
LIMIT = 5.0
_TICKS = os.sysconf("SC_CLK_TCK")
_set_up = pytest.StashKey[float]()
_called = pytest.StashKey[float]()
_costs = pytest.StashKey[dict[str, tuple[float, float, str]]]()


def spent() -> float:
    """Seconds of processor time of this process and its descendants, those that ended included."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
    return total + sum(_spent_by(child) for child in _children(os.getpid()))


def _children(pid: int) -> list[int]:
    """Processes that it started and that live; none where the system has no list of them."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, path.read_text().split())
        except OSError:
            continue  # the thread ended in between
    return found


def _spent_by(pid: int) -> float:
    try:
        # After the name in parentheses, which may hold anything: fields 14 to 17 of proc(5).
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    total = sum(map(int, fields[11:15])) / _TICKS
    return total + sum(_spent_by(child) for child in _children(pid))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cpu-report", type=Path, help="write what each test's call costs there")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_costs] = {}


def _measured(item: pytest.Item, key: pytest.StashKey[float]) -> Generator[None]:
    before = spent()
    try:
        return (yield)
    finally:
        item.stash[key] = round(spent() - before, 2)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    return (yield from _measured(item, _set_up))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    try:
        return (yield from _measured(item, _called))
    finally:
        cost = (item.stash[_called], item.stash[_set_up], tier_of(item))
        item.user_properties.append(("cpu", cost))


class Collector:
    """Gathers the figures in the process that prints: with xdist, not the one that runs tests."""

    def __init__(self, config: pytest.Config) -> None:
        self._costs = config.stash[_costs]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            for name, value in report.user_properties:
                if name == "cpu":
                    seconds, set_up, tier = value  # type: ignore[misc]
                    self._costs[report.nodeid] = (float(seconds), float(set_up), str(tier))


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        session.config.pluginmanager.register(Collector(session.config))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    costs = config.stash[_costs]
    dear = sorted(costs.items(), key=lambda entry: -entry[1][0])
    over = [(cost[0], name) for name, cost in dear if cost[2] == "quick" and cost[0] > LIMIT]
    if over:
        terminalreporter.section(f"tests of the quick tier over {LIMIT:.0f} s of CPU")
        for seconds, name in over:
            terminalreporter.line(f"{seconds:6.1f}  {name}")
    if report := config.getoption("--cpu-report"):
        lines = [
            f"{seconds:.2f}\t{set_up:.2f}\t{tier}\t{name}\n"
            for name, (seconds, set_up, tier) in dear
        ]
        report.write_text("".join(lines))
