"""Scheduled mailings in a browser: made with their effect in sight, clients kept out, looked at."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from playwright.sync_api import expect

from cartera import clock
from cartera.mail.plan import Choice
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.schedules.coming import coming
from cartera.schedules.run import run_due
from cartera.schedules.timing import Timing
from cartera.store import outbox, schedules
from cartera.store.schedules import Schedule, Setup
from tests.sample_home import SampleHome
from tests.streamlit_app.desks import Desk

pytestmark = [pytest.mark.browser, pytest.mark.full]
WAIT = 20_000
BY = operator(COMPANY_ID)


@pytest.fixture(autouse=True)
def as_it_was(sample: SampleHome) -> None:
    for one in schedules.list_schedules(sample.store, COMPANY_ID):
        schedules.delete(sample.store, COMPANY_ID, one.public_id, by=BY, now=clock.now())


def made(sample: SampleHome, *, days_ago: int = 0) -> Schedule:
    timing = Timing(every="week", weekdays=tuple(range(7)), hour=time(0), holidays="same")
    setup = Setup("Diario", timing, Choice("overdue"))
    now = clock.now() - timedelta(days=days_ago)
    return schedules.create(sample.store, COMPANY_ID, setup, by=BY, now=now)


def test_one_is_made_after_looking_at_its_effect(ana: Desk, sample: SampleHome) -> None:
    page = ana.open("/programados")
    expect(page.get_by_text("Todavía no hay nada programado")).to_be_visible()
    page.get_by_role("link", name="Nuevo envío programado").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Desde este valor").fill("mucho")
    dialog.get_by_role("button", name="Ver el efecto hoy").click()
    expect(dialog.get_by_text("no es una cifra").first).to_be_visible(timeout=WAIT)
    dialog.get_by_label("Desde este valor").fill("1.000.000")
    dialog.get_by_role("button", name="Ver el efecto hoy").click()
    expect(dialog.get_by_text("Saldría por primera vez")).to_be_visible(timeout=WAIT)
    expect(dialog.get_by_text("Saldo, COP")).to_be_visible()
    dialog.get_by_role("button", name="Guardar").click()
    expect(dialog.get_by_text("Falta el nombre")).to_be_visible(timeout=WAIT)
    assert schedules.list_schedules(sample.store, COMPANY_ID) == []
    dialog.get_by_label("Nombre").fill("Cierre de mes")
    dialog.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("heading", name="Cierre de mes")).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("El último día de cada mes, 08:00").first).to_be_visible()
    (kept,) = schedules.list_schedules(sample.store, COMPANY_ID)
    assert (kept.name, kept.timing.days, kept.choice.minimum) == ("Cierre de mes", (31,), 1_000_000)
    assert ana.complaints == []


def test_a_client_is_kept_out_of_the_next_one_and_put_back(ana: Desk, sample: SampleHome) -> None:
    schedule = made(sample)
    company = sample.settings.company_profile(COMPANY_ID)
    (following,) = coming(sample.store, schedule, company, now=clock.now())
    page = ana.open(f"/programados?schedule={schedule.public_id}")
    page.get_by_role("link", name="Apartar: Pedro Gómez").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Pedro Gómez")).to_be_visible(timeout=WAIT)
    planned = following.occurrence.planned
    assert schedules.held(sample.store, schedule, planned) == {}  # an address changes nothing
    dialog.get_by_role("button", name="Apartar").click()
    expect(page.get_by_text("El cliente quedó apartado")).to_be_visible(timeout=WAIT)
    assert schedules.held(sample.store, schedule, planned) == {PEDRO: False}
    page = ana.open(f"/programados?schedule={schedule.public_id}&show=held")
    expect(page.locator(".ct-mails tbody tr")).to_have_count(1)
    expect(page.get_by_text("Fuera solo de este envío")).to_be_visible()
    page.get_by_role("link", name="Incluir: Pedro Gómez").click()
    page.get_by_role("dialog").get_by_role("button", name="Incluir").click()
    expect(page.get_by_text("El cliente vuelve a recibirlo")).to_be_visible(timeout=WAIT)
    assert schedules.held(sample.store, schedule, planned) == {}
    assert ana.complaints == []


def test_the_message_and_what_went_out_are_there_for_who_may_only_look(
    luis: Desk, sample: SampleHome
) -> None:
    schedule = made(sample, days_ago=2)
    settings = sample.settings.model_copy(update={"mail": "folder"})
    (done,) = run_due(settings, sample.store, sample.reader(), now=clock.now())
    assert done.run is not None
    here = f"/programados?schedule={schedule.public_id}"
    page = luis.open(f"{here}&preview={PEDRO}")
    letter = page.get_by_role("dialog").frame_locator("iframe")
    expect(letter.get_by_text("Este es su estado de cuenta")).to_be_visible(timeout=WAIT)
    page = luis.open(here)
    expect(page.get_by_text("No salió")).to_be_visible()
    expect(page.get_by_role("link", name="Editar")).to_have_count(0)
    expect(page.get_by_role("link", name="Apartar", exact=False)).to_have_count(0)
    page.locator(f"a[href='/envios?mailing={done.run.mailing}']").click()
    count = outbox.count_messages(sample.store, COMPANY_ID, mailing=done.run.mailing)
    expect(page.get_by_text(f"{count} mensajes").first).to_be_visible(timeout=WAIT)
    page = luis.open(f"{here}&delete=1")
    expect(page.get_by_text("Su rol no permite hacer esto")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert schedules.get(sample.store, COMPANY_ID, schedule.public_id) == schedule
    assert luis.complaints == []
