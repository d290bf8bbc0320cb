"""`python -m tests.prove [STEP ...]`: what takes hours, run before a release and by hand.

Each step is a command of its own with its bounds raised; what CI runs of it is in the full tier
(docs/testing.md). `--list` names the steps. `--keep` writes the outcome of those that ran into the
table of docs/proof.md, where the outcomes of the others stay as they are. The whole output of a
step goes to logs/proof/STEP.log.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cartera import clock

ROOT = Path(__file__).parents[1]
LOGS = ROOT / "logs" / "proof"
DOCUMENT = ROOT / "docs" / "proof.md"
PYTEST = ("pytest", "-p", "no:cacheprovider")
PROPERTIES = (
    "tests/mail/test_letter.py",
    "tests/online/test_reconciling.py",
    "tests/reminders/test_decide_properties.py",
    "tests/render/test_agreement.py",
    "tests/sources/test_formats.py",
)
STEPPED = (
    "tests/dbt/test_project.py",
    "tests/online/test_kill.py",
    "tests/online/test_random.py",
    "tests/reminders/test_run_kill.py",
    "tests/warehouse/test_client_edits.py",
    "tests/warehouse/test_lake_versions.py",
    "tests/warehouse/test_own_payments_kill.py",
    "tests/warehouse/test_own_payments_random.py",
)
#: The line with which pytest ends, and what a benchmark prints.
SUMMARY = re.compile(r"^=* ?((?:\d+ \w+,? ?)+in [\d.]+s.*?) ?=*$", re.MULTILINE)
ROW = re.compile(r"^\| (?P<step>[\w-]+) \|.*$", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """One proof: a module of Python with its arguments, and the bounds it is given."""

    name: str
    what: str
    command: tuple[str, ...]
    bounds: Mapping[str, str] = field(default_factory=dict)


STEPS = (
    *(
        Step(name, f"the quick tier on {what}", ("tests.days", "--day", name, "--", "--tier=quick"))
        for name, what in (
            ("sunday", "a Sunday evening"),
            ("new-year-eve", "31 December, ten minutes before midnight"),
            ("leap-day", "29 February"),
            ("holiday", "a public holiday"),
            ("two-years", "a day in two years"),
        )
    ),
    Step(
        "kills-refresh",
        "a writer killed a thousand times while it loads and refreshes",
        (*PYTEST, "-n2", "--timeout=0", "tests/warehouse/test_kill.py"),
        {"PROVE_KILLED_LAKES": "200", "PROVE_EVERY_MOMENT": "1"},
    ),
    Step(
        "kills-steps",
        "who settles, carries and upgrades killed before each step; long random walks of payments",
        (*PYTEST, "-n2", "--timeout=0", *STEPPED),
        {"PROVE_STRIDE": "1", "PROVE_EVERY_MOMENT": "1", "PROVE_ROUNDS_TIMES": "10"},
    ),
    Step(
        "kills-outbox",
        "three senders killed while they send 10,000 messages, on SQLite and on PostgreSQL",
        (*PYTEST, "-n2", "-rP", "tests/mail/test_outbox_kill.py"),
        {"PROVE_MESSAGES": "10000"},
    ),
    Step(
        "histories",
        "3,600 random companies: changed keys = rebuild = naive oracle",
        (*PYTEST, "-n2", "--timeout=0", "tests/ledger"),
        {"PROVE_HISTORIES": "60"},
    ),
    Step(
        "explore",
        "twenty times as many examples of the other properties, drawn anew",
        (*PYTEST, "-n2", "--timeout=0", *PROPERTIES),
        {"HYPOTHESIS_PROFILE": "explore", "PROVE_EXAMPLES_TIMES": "20"},
    ),
    Step(
        "sample",
        "every client of the sample: open items, activity, aging and mail to the cent",
        (*PYTEST, "-n2", "--timeout=0", "tests/warehouse/test_sample_statements.py",
         "tests/mail/test_sample_mails.py"),
        {"PROVE_EVERY_CLIENT": "1"},
    ),
    Step(
        "demo",
        "the demo's walk with every way to pay, and a link renewed",
        (*PYTEST, "-n0", "tests/demo"),
        {"PROVE_EVERY_WAY": "1"},
    ),
    Step(
        "homes",
        "every kept home: opened, loaded into, built anew",
        (*PYTEST, "-n2", "tests/homes"),
        {"PROVE_EVERY_HOME": "1"},
    ),
    Step(
        "every-page",
        "every page by day and by night, the staff's in both languages: words, axe, width",
        (*PYTEST, "-n0", "tests/streamlit_app", "-k", "accessible or readable or every_reader"),
        {"PROVE_EVERY_PAGE": "1"},
    ),
    Step("cases", "further cases of what CI tries in one", (*PYTEST, "-n2", "--tier=proof")),
    Step("million", "a million documents: load, statement, aging", ("benchmarks", "ledger")),
    Step(
        "ten-million",
        "ten million documents: load, statement, aging",
        ("benchmarks", "ledger", "--documents", "10000000", "--clients", "200000"),
    ),
    Step("mail", "10,000 messages and 3,000 with PDF composed and delivered",
         ("benchmarks", "mail", "--messages", "10000", "--with-pdf", "3000")),
    Step("reminders", "50,000 clients decided", ("benchmarks", "reminders")),
    Step("pages", "click to finished page", ("benchmarks", "pages")),
    Step("openings", "a hundred clients within a second", ("benchmarks", "openings")),
    Step("soak", "memory over 5,000 openings", ("benchmarks", "soak")),
    Step("phone", "a client's page on a slow phone", ("benchmarks", "phone")),
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How a step ended: `figures` is pytest's last line, or what the benchmark printed."""

    passed: bool
    seconds: float
    figures: str


def run(step: Step) -> Outcome:
    """Run a step to its end, its output in the step's log."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{step.name}.log"
    started = time.monotonic()
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", *step.command],
            cwd=ROOT,
            env={**os.environ, **step.bounds},
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    seconds = time.monotonic() - started
    return Outcome(done.returncode == 0, seconds, figures(log.read_text(errors="replace")))


def figures(output: str) -> str:
    """What is worth keeping of a step's output, on one line."""
    if summaries := SUMMARY.findall(output):
        return str(summaries[-1])
    return "; ".join(line.strip() for line in output.splitlines()[-12:] if line.strip())


def row(step: Step, outcome: Outcome) -> str:
    """The step's line of the table in docs/proof.md."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    cells = (
        step.name,
        step.what,
        f"{clock.today('UTC').isoformat()}, {commit.strip()}",
        "passed" if outcome.passed else "**failed**",
        f"{outcome.seconds:,.0f}",
        outcome.figures.replace("|", "\\|"),
    )
    return f"| {' | '.join(cells)} |"


def keep(rows: Mapping[str, str]) -> None:
    """Put rows, by their step's name, in the place of those that the document has."""
    text = DOCUMENT.read_text(encoding="utf-8")
    text = ROW.sub(lambda found: rows.get(found["step"], found[0]), text)
    DOCUMENT.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Run the steps that were asked for; 1 where one of them failed."""
    names = [step.name for step in STEPS]
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument("step", nargs="*", choices=[*names, []], help="all of them by default")
    parser.add_argument("--list", action="store_true", help="what there is")
    parser.add_argument("--keep", action="store_true", help="write the outcome into docs/proof.md")
    asked = parser.parse_args(arguments)
    if asked.list:
        for step in STEPS:
            print(f"{step.name:14} {step.what}")
        return 0
    rows: dict[str, str] = {}
    failed = False
    for step in (step for step in STEPS if not asked.step or step.name in asked.step):
        print(f"{step.name}: {step.what}", flush=True)
        outcome = run(step)
        failed |= not outcome.passed
        print(f"  {'passed' if outcome.passed else 'FAILED'} in {outcome.seconds:,.0f} s")
        print(f"  {outcome.figures}", flush=True)
        rows[step.name] = row(step, outcome)
        if asked.keep:
            keep(rows)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
