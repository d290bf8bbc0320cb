"""`cartera link`: made once, listed with its state, ended at once."""

from __future__ import annotations

import csv
from io import StringIO

URL = "https://pay.example"


def test_create_list_revoke(loaded):
    made = loaded.json("link", "create", "C2", "--days", "5", "--contact", "Beto")
    assert made["client_id"] == "C2"
    token = made["url"].removeprefix("http://127.0.0.1:8502/e/")
    assert len(token) > 30

    (mine,) = [x for x in loaded.json("link", "list", "C2") if x["link"] == made["link"]]
    assert (mine["state"], mine["contact"], mine["opens"]) == ("live", "Beto", 0)
    assert mine["expires_at"][:16] == made["expires_at"][:16]
    for form in ("table", "json", "csv"):
        assert token not in loaded("link", "list", "--format", form).out

    done = loaded("link", "revoke", made["link"])
    assert (done.code, done.out) == (0, f"{made['link']}: revoked\n")
    (mine,) = [x for x in loaded.json("link", "list", "C2") if x["link"] == made["link"]]
    assert mine["state"] == "revoked"


def test_the_table_form_is_the_address_alone(loaded):
    done = loaded("link", "create", "C1", CARTERA_CLIENT_URL=f"{URL}/")
    assert done.out.startswith(f"{URL}/e/")
    assert done.out.count("\n") == 1


def test_csv(loaded):
    made = loaded("link", "create", "C1", "--format", "csv")
    (row,) = csv.DictReader(StringIO(made.out))
    listed = csv.DictReader(StringIO(loaded("link", "list", "C1", "--format", "csv").out))
    assert row["link"] in {x["link"] for x in listed}


def test_another_company_cannot_revoke_it(loaded):
    made = loaded.json("link", "create", "C1")
    done = loaded("link", "revoke", made["link"], "--company", "other")
    assert done.code == 1
    assert made["link"] in done.err
    assert made["link"] not in {
        x["link"] for x in loaded.json("link", "list", "--company", "other")
    }
    states = {x["link"]: x["state"] for x in loaded.json("link", "list")}
    assert states[made["link"]] == "live"
