"""Exit codes, help, and what a command that only helps must not import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cartera.cli import main

ROOT = Path(__file__).parents[2]
COMMANDS = [
    "load", "refresh", "aging", "statement", "rejects", "status", "check", "send", "demo",
    "sandbox", "link", "link create", "link list", "link revoke",
    "notices", "notices list", "notices show", "notices accept", "notices reject",
    "notices answer",
    "user", "user add", "user list", "user role", "user password", "user disable", "user enable",
    "user sessions", "user sign-out",
]  # fmt: skip
HEAVY = (
    "duckdb",
    "polars",
    "dbt",
    "pyarrow",
    "sqlalchemy",
    "typst",
    "xlsxwriter",
    "alembic",
    "argon2",
)


def child(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_answers_help(cartera, command):
    shown = cartera(*command.split(), "--help")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith(f"Usage: cartera {command} ")


def test_help_lists_every_command(cartera):
    listed = cartera("--help").out
    for command in COMMANDS:
        assert f"  {command.split()[0]}" in listed


def test_help_imports_nothing_heavy():
    # A plain child: here in the test's process everything is long imported.
    done = child(
        "import sys\n"
        "from cartera.cli import main\n"
        "sys.argv = ['cartera', '--help']\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code\n"
        f"print('heavy:', sorted(set({HEAVY!r}) & set(sys.modules)))\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "heavy: []"


def test_the_entry_point_of_a_real_process(home):
    done = child("from cartera.cli import main; main()")
    assert (done.returncode, "Usage:" in done.stdout + done.stderr) == (2, True)
    code = "import sys; sys.argv += ['aging']; from cartera.cli import main; main()"
    done = child(code)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "cartera: nothing is loaded yet; start with: cartera load FOLDER\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["aging", "--basis", "paid_date"],
        ["aging", "--as-of", "24/11/2026"],
        ["aging", "--buckets", "30,20"],
        ["aging", "--buckets", "soon"],
        ["aging", "--format", "yaml"],
        ["statement"],
        ["statement", "C1", "--kind", "closed"],
        ["statement", "C1", "--format", "pdf"],
        ["statement", "C1", "--from", "2026-05-01", "--to", "2026-04-01"],
        ["link", "create", "C1", "--days", "0"],
        ["load"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_2(loaded, arguments):
    done = loaded(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.strip()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["statement", "nobody"], "no client 'nobody' in company 'main'"),
        (["statement", "C7"], "no client 'C7' in company 'main'"),
        (["link", "create", "C7"], "no client 'C7' in company 'main'"),
        (["link", "revoke", "no-such-link"], "no-such-link"),
        (["load", "no-such-folder"], "no-such-folder"),
        (["load", "--mapping", "no-such.yml", "."], "no-such.yml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_failure_is_1_with_one_line(loaded, arguments, words):
    done = loaded(*arguments)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("cartera: ")
    assert words in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "command", [["aging"], ["statement", "C1"], ["rejects"], ["status"], ["check"]], ids=" ".join
)
def test_before_the_first_load_it_says_how_to_start(cartera, command):
    done = cartera(*command)
    assert (done.code, done.out) == (1, "")
    assert done.err == "cartera: nothing is loaded yet; start with: cartera load FOLDER\n"


def test_a_broken_profile_is_named(cartera):
    cartera.home.mkdir()
    (cartera.home / "cartera.toml").write_text("[company.main]\ncolor = 'blue'\n")
    done = cartera("aging")
    assert done.code == 1
    assert "cartera.toml" in done.err
    assert done.err.count("\n") == 1


def test_a_programming_error_is_one_line_too(monkeypatch, cartera):
    def broken(*, prog_name: str) -> None:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr("cartera.cli.app", broken)
    done = cartera("aging")
    assert (done.code, done.err) == (
        1, "cartera: RuntimeError: first line (CARTERA_DEBUG=1 says more)\n"
    )  # fmt: skip
    monkeypatch.setenv("CARTERA_DEBUG", "1")
    with pytest.raises(RuntimeError):
        main()


@pytest.mark.parametrize(
    "address",
    [
        "postgres://bob:s3cr%2Ft'x@127.0.0.1:1/db",
        "postgres:host=127.0.0.1 port=1 user=bob password='s3cr it' dbname=db",
    ],
)
def test_a_database_that_does_not_answer_is_named_without_its_password(cartera, address, tmp_path):
    (tmp_path / "clients.csv").write_text("client_id,name\nC1,Ana\n")
    outcome = cartera("load", tmp_path, CARTERA_CATALOG=address)
    assert outcome.code == 1
    assert "connection to server" in outcome.err
    assert "s3cr" not in outcome.err
    assert outcome.err.count("\n") == 1
