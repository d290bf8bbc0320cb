"""What is asked of a home: by the code that made it, whose answers are kept, and by today's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from cartera.aging import to_json as aging_json
from cartera.statement import to_json as statement_json
from tests.homes.books import CLIENTS

DAYS = tuple(map(date.fromisoformat, ("2026-03-31", "2026-04-30", "2026-06-10", "2026-12-31")))
PERIOD = {"from_date": date(2026, 2, 15), "to_date": date(2026, 6, 30), "as_of": date(2026, 6, 30)}


def figures(reader: Any, company: str) -> dict[str, Any]:
    """Every figure of a company, as `cartera aging` and `cartera statement` print it in JSON."""
    said: dict[str, Any] = {}
    for day in DAYS:
        for basis in ("due_date", "issue_date"):
            found = reader.aging(company, as_of=day, basis=basis)
            said[f"aging {day} {basis}"] = aging_json(found)
    found = reader.aging(company, as_of=DAYS[2], buckets=(10, 45))
    said["aging 10,45"] = aging_json(found)
    questions: Mapping[str, Mapping[str, Any]] = {
        **{f"open {day}": {"kind": "open", "as_of": day, "include_paid": True} for day in DAYS},
        "activity": {"kind": "activity", **PERIOD},
        "forward": {"kind": "forward", "as_of": DAYS[1]},
    }
    for client in CLIENTS[company]:
        for name, question in questions.items():
            said[f"{client} {name}"] = statement_json(reader.statement(company, client, **question))
    return said


def lists(ask: Callable[..., Any], company: str, *, has_mail: bool) -> dict[str, Any]:
    """A company's counts, refused rows, links and messages; `ask` reads a command's JSON."""
    of = ("--company", company)
    return {
        "status": ask("status", *of),
        "rejects": ask("rejects", *of),
        "links": ask("link", "list", *of),
        "mail": ask("mail", "list", "--limit", "500", *of) if has_mail else [],
    }
