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
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    sync_playwright,
)

from tests.screens import DESKTOP

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


BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
#: No sandbox, since tests may run as root, and it calls nobody.
CHROMIUM = (
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
)


@pytest.fixture(scope="session")
def browsers() -> Iterator[tuple[BrowserType, str]]:
    """What starts the system's own Chromium, and where that is: its headless shell, if it is there,
    draws a page with two thirds of the processor time.

    From here on Playwright's event loop belongs to the thread of the tests (see `tests.loops`).
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium found; `apt-get install chromium-headless-shell` brings it")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LD_PRELOAD", raising=False)  # see tests.days.in_the_present
        playwright = sync_playwright().start()
    yield playwright.chromium, found
    playwright.stop()


@pytest.fixture(scope="session")
def chromium(browsers: tuple[BrowserType, str]) -> Iterator[Browser]:
    """Once a worker: each test opens contexts of its own in it, which share nothing."""
    kind, found = browsers
    browser = kind.launch(executable_path=found, args=CHROMIUM)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def _profile(
    browsers: tuple[BrowserType, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    kind, found = browsers
    context = kind.launch_persistent_context(
        tmp_path_factory.mktemp("profile"),
        executable_path=found,
        args=CHROMIUM,
        viewport=DESKTOP,
        locale="es-CO",
    )
    yield context
    context.close()


@pytest.fixture
def profile(_profile: BrowserContext) -> Iterator[BrowserContext]:
    """A context on a desktop in Spanish whose cache outlasts the test, and nothing else does: an
    app's scripts, compiled, are half of what its first page costs in a new context.
    """
    (blank,) = _profile.pages
    yield _profile
    cleaner = _profile.new_cdp_session(blank)
    for page in [page for page in _profile.pages if page is not blank]:
        at = urlsplit(page.url)
        where = {"origin": f"{at.scheme}://{at.netloc}", "storageTypes": "local_storage,indexeddb"}
        cleaner.send("Storage.clearDataForOrigin", where)
        page.close()
    cleaner.detach()
    _profile.clear_cookies()


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
