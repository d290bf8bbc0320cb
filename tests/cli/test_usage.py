"""Exit codes, help, and what a command that only helps must not import."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import typer.main

from cartera import __version__
from cartera.cli import app, main
from cartera.sources.formats import ENDINGS, FORMAT_NAMES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    "load", "refresh", "aging", "statement", "rejects", "warnings", "status", "check", "send",
    "demo", "sandbox", "files", "files list", "files get",
    "link", "link create", "link list", "link revoke",
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


def commands(group, *above: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *above, name)
        if not getattr(command, "no_args_is_help", False):
            yield " ".join((*above, name))


def test_the_readme_lists_every_command_and_no_other() -> None:
    table = README.split("## Commands")[1].split("###")[0]
    listed = set()
    for line in re.findall(r"^\| (`cartera [a-z].*?) \|", table, re.MULTILINE):
        for words in re.findall(r"`cartera ([a-z]+(?: [a-z][a-z|\\-]+)?)", line):
            group, _, names = words.replace("\\|", "|").partition(" ")
            listed |= {f"{group} {name}" for name in names.split("|")} if names else {group}
    assert listed == set(commands(typer.main.get_command(app)))


def test_readme_and_help_name_the_formats_that_are_read(cartera) -> None:
    assert ", ".join(f"`{ending}`" for ending in ENDINGS) in README
    assert FORMAT_NAMES in re.sub(r" \([^)]*\)", "", README)
    assert ", ".join(ENDINGS) in " ".join(cartera("load", "--help").out.split())


def test_the_readmes_first_account_can_be_made(cartera, monkeypatch) -> None:
    (line,) = re.findall(r"`cartera (user add ana [^`]*)`", README)
    monkeypatch.setattr(sys, "stdin", StringIO("a long enough password\n"))
    done = cartera(*shlex.split(line), "--password-stdin")  # there is no terminal to ask
    assert (done.code, done.err) == (0, "")


def test_the_version_is_one_line_and_needs_no_home(cartera, home) -> None:
    done = cartera("--version")
    assert (done.code, done.out, done.err) == (0, f"cartera {__version__}\n", "")
    assert not home.exists() or not list(home.iterdir())


def test_the_changelog_has_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)
    assert released[0] == "Unreleased"
    # Between two releases the program says that it is on its way to the next one.
    assert __version__ == released[1] or (".dev" in __version__ and __version__ not in released)


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_what_only_helps_imports_nothing_heavy(option):
    # A plain child: here in the test's process everything is long imported.
    done = child(
        "import sys\n"
        "from cartera.cli import main\n"
        f"sys.argv = ['cartera', {option!r}]\n"
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
