"""Which tests run when: three tiers of one suite (docs/testing.md).

`make test` runs the quick tier, `make test-all` and CI the full one, too. A test is quick unless it
is marked `full`, or is a test's run on PostgreSQL: the same statements as on SQLite, written by
SQLAlchemy, twice the time. Tests of what the two databases do each in its own way (locks, claims,
upserts, roles, migrations) are marked `dialects` and are quick on both.
What takes hours is no test of its own: `make prove` raises the bounds of some (tests/prove.py). It
alone runs tests marked `proof`, too: further cases of what a test of CI tries in one.
"""

from __future__ import annotations

import pytest

#: Choice of `--tier` -> the tiers whose tests run.
CHOICES = {
    "quick": {"quick"}, "full": {"full"}, "all": {"quick", "full"}, "proof": {"proof"},
}  # fmt: skip
_left_out = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tier",
        choices=CHOICES,
        default="all",
        help="quick: make test; full: what make test-all adds; all: both; proof: make prove's own",
    )


def pytest_configure(config: pytest.Config) -> None:
    for line in (
        "full: runs in CI and by `make test-all`, not by `make test`",
        "proof: runs by `make prove` alone; CI has another case of the same",
        "dialects: quick on PostgreSQL, too: the databases differ here",
    ):
        config.addinivalue_line("markers", line)


def tier_of(item: pytest.Item) -> str:
    """The tier that a test belongs to."""
    if item.get_closest_marker("proof"):
        return "proof"
    again = item.get_closest_marker("postgres") and not item.get_closest_marker("dialects")
    return "full" if again or item.get_closest_marker("full") else "quick"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    tiers = CHOICES[config.getoption("--tier")]
    left = [item for item in items if tier_of(item) not in tiers]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if tier_of(item) in tiers]
    config.stash[_left_out] = sum(tier_of(item) == "full" for item in left)


@pytest.hookimpl(optionalhook=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of xdist collects, and tells the process that prints."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = session.config.stash.get(_left_out, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    left = getattr(node, "workeroutput", {}).get("left_out", 0)
    node.config.stash[_left_out] = left  # type: ignore[attr-defined]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    left = config.stash.get(_left_out, 0)
    if config.getoption("--tier") == "quick" and left:
        terminalreporter.line(
            f"`make test-all` adds {left} tests: every page in a browser, kills, random histories, "
            "the whole pipeline and the demo."
        )
