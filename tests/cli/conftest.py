"""The command line as its users meet it: `cartera.cli.main`, its exit code and what it printed.

Commands run inside the test's process, so that dbt is imported and parsed once, not for each.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from cartera.cli import main
from tests.ledger.lakes import built


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


@dataclass(frozen=True)
class Cartera:
    """The command `cartera` of one installation."""

    home: Path

    def __call__(self, *arguments: object, **variables: str) -> Outcome:
        out, err = StringIO(), StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CARTERA_HOME", str(self.home))
            for name, value in variables.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["cartera", *map(str, arguments)])
            with redirect_stdout(out), redirect_stderr(err):
                try:
                    main()
                    code = 0
                except SystemExit as end:
                    code = end.code if isinstance(end.code, int) else int(end.code is not None)
        return Outcome(code, out.getvalue(), err.getvalue())

    def json(self, *arguments: object) -> Any:
        """What a command prints with `--format json`; it must have succeeded."""
        return self(*arguments, "--format", "json").data


@pytest.fixture
def cartera(home: Path) -> Cartera:
    """An installation of the test's own, still empty."""
    return Cartera(home)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Cartera:
    """An installation with two companies; only for tests that change none of its figures."""
    folder = tmp_path_factory.mktemp("loaded")
    for name, text in TWO_COMPANIES.items():
        (folder / name).write_text(text, encoding="utf-8")
    command = Cartera(built(folder / "home"))
    assert command("load", folder).code == 0
    return command


#: The same ids in both companies, one refused and one waiting row in each.
TWO_COMPANIES = {
    "clients.csv": (
        "company_id,client_id,name\n"
        'main,C1,=HYPERLINK("x")\n'
        "main,C2,Ágora\n"
        "other,C1,Secreto\n"
        "other,C7,Oculto\n"
    ),
    "documents.csv": (
        "company_id,document_id,client_id,type,number,issue_date,due_date,total\n"
        "main,D1,C1,invoice,FV-1,2026-01-10,2026-02-10,1000\n"
        "main,D2,C2,invoice,FV-2,2026-03-10,2026-04-10,250.50\n"
        "main,D3,C2,invoice,FV-3,yesterday,2026-04-10,1\n"
        "other,D1,C1,invoice,OV-1,2026-01-10,2026-02-10,77\n"
        "other,D9,C7,invoice,OV-9,2026-01-10,2026-02-10,minus\n"
    ),
    "allocations.csv": (
        "company_id,allocation_id,kind,amount,document_id,date,source_id\n"
        "main,A1,discount,100,D1,2026-02-01,\n"
        "main,A2,payment,10,D1,2026-02-01,P-LATE\n"
        "other,A1,discount,7,D-LATE,2026-02-01,\n"
    ),
}
