"""`cartera schedule` and `cartera remind`: made, looked at, held back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from cartera import clock
from tests.cli.conftest import Cartera
from tests.ledger.lakes import built

CLIENTS = """\
company_id,client_id,name,emails
main,C1,Ferretería El Cóndor,pagos@condor.example
main,C2,Sin correo,
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Cartera:
    folder = tmp_path_factory.mktemp("office")
    late = clock.today("America/Bogota") - timedelta(days=7)
    (folder / "clients.csv").write_text(CLIENTS)
    (folder / "documents.csv").write_text(
        "company_id,document_id,client_id,type,number,issue_date,due_date,total\n"
        f"main,D1,C1,invoice,FV-1,2026-01-10,{late},1000\n"
        f"main,D2,C2,invoice,FV-2,2026-01-10,{late},50\n"
    )
    office = Cartera(built(folder / "home"))
    assert office("load", folder).code == 0
    return office


def test_a_schedule_is_made_looked_at_switched_and_deleted(office: Cartera):
    assert office("schedule", "add", "Nada").code == 2
    made = office("schedule", "add", "Cierre", "--day", 31, "--hour", "07:30").out.strip()
    (row,) = office.json("schedule", "list", "--next", 12)
    assert (row["schedule"], row["hour"], row["on"]) == (made, "07:30", "yes")
    moments = row["next"].split()
    assert len(moments) == 12 and all("T07:30" in one for one in moments)
    office("schedule", "off", made)
    assert office.json("schedule", "list")[0]["next"] == ""
    assert office.json("schedule", "show", made) == []
    assert office("schedule", "hold", made, "C9").code == 1
    assert office("schedule", "hold", made, "C1").code == 0
    assert office("schedule", "release", made, "C1").code == 0
    assert office("schedule", "delete", made).code == 0
    assert office.json("schedule", "list") == []


def test_a_schedule_goes_by_its_name_too(office: Cartera):
    made, other, twin = (
        office("schedule", "add", name, "--weekday", "mon").out.strip()
        for name in ("Fin de mes", "Lunes", "lunes")
    )
    for asked in ("Fin de mes", "  FIN   de mes", made):
        assert office.json("schedule", "show", asked) == []
        assert office("schedule", "off", asked).code == 0
        assert office("schedule", "on", asked).code == 0
        assert office("schedule", "hold", asked, "C1").code == 0
        assert office("schedule", "release", asked, "C1").code == 0
    unclear = office("schedule", "delete", "Lunes")
    assert unclear.code == 2 and other in unclear.err and twin in unclear.err
    assert office("schedule", "show", "Martes").code == 1
    for asked in (other, "LUNES", "fin de mes"):  # once one of the twins is gone its name is clear
        assert office("schedule", "delete", asked).code == 0
    assert office.json("schedule", "list") == []


@pytest.mark.parametrize("today", ["2026-02-02", "2031-07-07"])  # both are Mondays
def test_every_command_lives_on_the_day_that_is_fixed(office: Cartera, today: str):
    def json_of(*command: object) -> Any:
        return office(*command, "--format", "json", CARTERA_TODAY=today).data

    made = office("schedule", "add", "Lunes", "--weekday", "tue", "--hour", "08:00").out.strip()
    try:
        (row,) = json_of("schedule", "list", "--next", 2)
        next_day = date.fromisoformat(today) + timedelta(days=1)
        assert f"{next_day}T08:00" in row["next"]  # on a later day it is late besides
        assert json_of("remind", "--dry-run")["day"] == today
        assert json_of("remind", "--dry-run")["moment"].startswith(today)
        assert json_of("aging")["as_of"] == today
        assert json_of("statement", "C1")["as_of"] == today
        paused = office("remind", "pause", "C1", "--until", today, CARTERA_TODAY=today)
        assert paused.code == 0
        assert [one["until"] for one in json_of("remind", "pauses")] == [today]
        assert office("remind", "resume", paused.out.strip()).code == 0
    finally:
        office("schedule", "delete", made)


def test_a_dry_run_says_of_each_client_what_decided(office: Cartera):
    coming = clock.today("America/Bogota") + timedelta(days=40)
    seen = office.json("remind", "--dry-run", "--on", coming)
    assert (seen["day"], seen["is_on"], seen["is_simulated"]) == (coming.isoformat(), False, True)
    said = {one["client_id"]: one for one in seen["decisions"]}
    assert said["C1"]["documents"] == ["FV-1"] or said["C1"]["reason"] in ("already_sent", "window")
    assert said["C2"]["reason"] in ("no_contact", "window") and said["C2"]["to"] == []
    assert all(one["why"] for one in seen["decisions"])
    assert office("remind", "--dry-run", "--on", "mañana").code == 2
    assert office("remind", "--on", coming).code == 2


def test_a_pause_holds_until_it_is_lifted(office: Cartera):
    made = office("remind", "pause", "C1", "--reason", "acuerdo de pago").out.strip()
    (one,) = office.json("remind", "--dry-run", "--client", "C1")["decisions"]
    assert one["reason"] == "paused" and "acuerdo de pago" in one["why"]
    assert [row["pause"] for row in office.json("remind", "pauses")] == [made]
    assert office("remind", "resume", made).code == 0
    (one,) = office.json("remind", "--dry-run", "--client", "C1")["decisions"]
    assert one["reason"] != "paused"


def test_switched_off_nothing_is_queued_and_it_is_said(office: Cartera):
    ended = office("remind")
    assert ended.code == 2 and "off" in ended.err
