"""What every test gets: a home of its own, no `CARTERA_*` from outside, and an honest skip count.

With `CARTERA_FORBID_SKIPS=1` (as `.ci/run` sets it) one skipped test fails the run.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

pytest_plugins = ("tests.tiers", "tests.cpu")

FORBID_SKIPS = os.environ.get("CARTERA_FORBID_SKIPS") == "1"

# Two cores shared with a database and a browser make any deadline a coin toss; derandomized, a
# failure on one machine is a failure on all of them.
settings.register_profile(
    "ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


#: How to test, not what is tested.
OURS = {"CARTERA_FORBID_SKIPS", "CARTERA_THREADS", "CARTERA_TESTS_SHARED"}


def _scratch() -> str | None:
    """Where tests keep their files: in memory, where there is enough of it.

    Stores write through to the disk at each commit, hundreds of tests have a store, and no test is
    about the power of a machine failing.
    """
    memory = Path("/dev/shm")
    is_roomy = memory.is_dir() and shutil.disk_usage(memory).free > 6 * 2**30
    return str(memory) if is_roomy and os.access(memory, os.W_OK) else None


# The processes that tests start follow it, too.
if "TMPDIR" not in os.environ and (scratch := _scratch()):
    os.environ["TMPDIR"] = scratch
    tempfile.tempdir = None
# A handful of rows: handing them to several threads doubles what a refresh costs.
os.environ.setdefault("CARTERA_THREADS", "1")


def _outer_settings() -> list[str]:
    return [name for name in os.environ if name.startswith("CARTERA_") and name not in OURS]


def _forget_outer_settings() -> None:
    for name in _outer_settings():
        del os.environ[name]


# Already now, so that fixtures of a module or session see none of the developer's settings either.
_forget_outer_settings()
# Dagster's definitions parse the models when they are imported: not in the developer's own home.
_IMPORTS = tempfile.TemporaryDirectory(prefix="cartera-tests-")
os.environ["CARTERA_HOME"] = _IMPORTS.name


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long ones first: at the end of a run there should be small ones to share out."""
    items.sort(key=lambda item: not {"browser", "full"} & {m.name for m in item.iter_markers()})


@pytest.fixture(scope="session", autouse=True)
def _shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where what is made once in a run lies: a folder of all its workers."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if base.name.startswith("popen-") else base) / "shared"
    shared.mkdir(exist_ok=True)
    os.environ["CARTERA_TESTS_SHARED"] = str(shared)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`CARTERA_HOME` of this test alone; the folder is not made yet."""
    for name in _outer_settings():
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("CARTERA_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's own Chromium: no sandbox, since tests may run as root, and it calls nobody.

    Once a worker: each test opens contexts of its own in it, which share nothing. From here on
    Playwright's event loop belongs to the thread of the tests (see `tests.loops`).
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium found; `apt-get install chromium` brings it")
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        # Nor its imitation in software, which takes a sixth of a page's time.
        "--disable-gpu-compositing",
        "--disable-gpu-rasterization",
        "--disable-software-rasterizer",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with pytest.MonkeyPatch.context() as patch:
        # On another day (tests.days) the browser stays in the present: under faketime its waits on
        # the monotonic clock end at once, and it turns in circles.
        patch.delenv("LD_PRELOAD", raising=False)
        playwright = sync_playwright().start()
    try:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()
    finally:
        playwright.stop()


def _skipped(config: pytest.Config) -> Counter[str]:
    """Reasons why tests were skipped, with how many each."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter else []
    # longrepr of a skip is (file, line, "Skipped: reason"); an expected failure has none
    return Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in reports
        if isinstance(report.longrepr, tuple)
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    result = yield
    is_worker = hasattr(session.config, "workerinput")  # xdist: the controller has the sum
    if FORBID_SKIPS and not is_worker and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = _skipped(terminalreporter.config)
    if not reasons:
        return
    terminalreporter.section("skipped here", yellow=True)
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"{count:4d}  {reason}")
    if FORBID_SKIPS:
        terminalreporter.line("CARTERA_FORBID_SKIPS=1: a skip fails this run.", red=True)
    else:
        terminalreporter.line("`.ci/run` installs what they need and allows no skip.")
