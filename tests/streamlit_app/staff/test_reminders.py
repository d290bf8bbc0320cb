"""Reminders in a browser: the day, a message, rules looked at before they are saved, pauses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from cartera import clock
from cartera.config import Settings
from cartera.people import operator
from cartera.reminders.outlook import outlook
from cartera.reminders.rules import Policy
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import companies, pauses, reminder_policy, users
from tests.sample_home import SampleHome
from tests.screens import PHONE
from tests.streamlit_app.desks import Desk

pytestmark = [pytest.mark.browser, pytest.mark.full]
WAIT = 20_000


@pytest.fixture(autouse=True)
def as_it_was(sample: SampleHome) -> Iterator[None]:
    """Rules as Cartera brings them, and no settings of mail: other tests share this home."""
    policy = Policy()
    who, now = operator(COMPANY_ID), clock.now()
    reminder_policy.save(sample.store, COMPANY_ID, policy, by=who, now=now)
    for one in pauses.pauses(sample.store, COMPANY_ID):
        pauses.resume(sample.store, COMPANY_ID, one.public_id, by=who, now=now)
    yield
    names = set(companies.changes_of(sample.store, COMPANY_ID)) - {"logo", "new_invoices_since"}
    companies.save(sample.store, COMPANY_ID, dict.fromkeys(names), by=who, now=clock.now())


def test_day_counts_every_client_once(ana: Desk, sample: SampleHome) -> None:
    page = ana.open("/recordatorios")
    company = sample.settings.company_profile(COMPANY_ID)
    seen = outlook(
        sample.store, sample.reader(), company,
        on=None, now=clock.now(), policy=Policy(is_on=True),
    )  # fmt: skip
    counts = Counter(one.outcome for one in seen.decisions)
    tabs = page.get_by_role("navigation", name="Clientes").locator("a span")
    shown = [int(text) for text in tabs.all_inner_texts()]
    assert sum(shown) == len(seen.decisions)
    # Those that get nothing do not depend on the hour at which the test runs.
    assert shown[-1] == counts["nothing"] > 0
    expect(page.get_by_text("Los recordatorios están apagados")).to_be_visible()
    assert ana.complaints == []


def test_message_is_shown_with_the_documents_it_is_about(ana: Desk, sample: SampleHome) -> None:
    page = ana.open(f"/recordatorios?text=PEDRO+gomez&preview={PEDRO}")
    # Whatever the hour of the test, Pedro is late: it goes out, or waits for the window.
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("pedro.gomez@example.com")).to_be_visible(timeout=WAIT)
    letter = dialog.frame_locator("iframe")
    expect(letter.get_by_text("Este mensaje se refiere a")).to_be_visible(timeout=WAIT)
    row = page.locator("#root .ct-mails tbody tr")
    expect(row).to_have_count(1)
    numbers = row.locator("td").first.locator("b").all_inner_texts()
    assert numbers
    for number in numbers:
        expect(letter.locator("body")).to_contain_text(number)
    assert ana.complaints == []


def test_rules_are_looked_at_without_saving_them(ana: Desk, sample: SampleHome) -> None:
    page = ana.open("/recordatorios?view=rules")
    page.get_by_label("Días que pasan como mínimo").fill("9")
    page.get_by_role("button", name="Ver el efecto hoy").click()
    expect(page.get_by_text("Con estas reglas, aún sin guardar")).to_be_visible(timeout=WAIT)
    assert reminder_policy.policy(sample.store, COMPANY_ID) == Policy()
    page.get_by_role("button", name="Guardar", exact=True).click()
    expect(page.get_by_text("Las reglas de recordatorios quedaron guardadas")).to_be_visible(
        timeout=WAIT
    )
    assert reminder_policy.policy(sample.store, COMPANY_ID) == Policy(gap_days=9)


def test_rule_is_narrowed_to_a_group_and_a_wrong_one_is_not_saved(
    ana: Desk, sample: SampleHome
) -> None:
    page = ana.open("/recordatorios?view=rules")
    rule = page.locator("[data-testid=stForm] [data-testid=stVerticalBlock]").filter(
        has=page.get_by_text("Primer recordatorio, 5 días después del vencimiento", exact=True)
    )
    rule.last.get_by_label("Veces más").fill("3")
    page.get_by_role("button", name="Guardar", exact=True).click()
    said = page.get_by_text("Para repetir hacen falta las dos cosas")
    expect(said.first).to_be_visible(timeout=WAIT)
    assert reminder_policy.policy(sample.store, COMPANY_ID) == Policy()
    rule.last.get_by_label("Repetir cada (días)").fill("4")
    group = sample.reader().groups(COMPANY_ID)[0]
    rule.last.get_by_role("combobox").last.click()
    page.get_by_role("option", name=group, exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Guardar", exact=True).click()
    expect(page.get_by_text("Las reglas de recordatorios quedaron guardadas")).to_be_visible(
        timeout=WAIT
    )
    saved = reminder_policy.policy(sample.store, COMPANY_ID).rule("first")
    assert saved is not None
    assert (saved.groups, saved.repeat_days, saved.repeat_times) == ((group,), 4, 3)


def test_hours_beyond_the_law_are_refused(ana: Desk, sample: SampleHome) -> None:
    page = ana.open("/recordatorios?view=rules")
    page.get_by_text("Uno propio", exact=True).click()
    page.get_by_text("Horario propio", exact=True).click()
    page.get_by_text("También en festivos", exact=True).click()
    expect(page.get_by_role("checkbox", name="También en festivos")).to_be_checked(timeout=WAIT)
    page.get_by_role("button", name="Guardar", exact=True).click()
    expect(page.get_by_text(re.compile("El horario propio va más allá de la ley"))).to_be_visible(
        timeout=WAIT
    )
    assert reminder_policy.policy(sample.store, COMPANY_ID) == Policy()


def test_one_document_of_a_searched_client_is_paused(ana: Desk, sample: SampleHome) -> None:
    page = ana.open("/recordatorios?view=pauses&pause=1")
    page.set_viewport_size(PHONE)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Buscar cliente").fill("gómez pedro")
    dialog.get_by_label("Buscar cliente").press("Enter")
    box = dialog.get_by_role("combobox", name="Documento")
    expect(box).to_be_visible(timeout=WAIT)
    box.click()
    option = page.get_by_role("option", name=re.compile("vence el")).first
    number = option.inner_text().split(" · ")[0].strip()
    option.click()
    dialog.get_by_role("button", name="Pausar", exact=True).click()
    expect(page.get_by_text("Los recordatorios quedaron en pausa")).to_be_visible(timeout=WAIT)
    (made,) = pauses.pauses(sample.store, COMPANY_ID, client_id=PEDRO)
    (found,) = sample.reader().reminder_clients(
        sample.settings.company_profile(COMPANY_ID), as_of=clock.today("America/Bogota"),
        client_ids=[PEDRO],
    )  # fmt: skip
    assert {i.number for i in found.items if i.document_id == made.document_id} == {number}
    assert made.created_by == "administrator"
    # the client's record says so, and leads to lifting it
    page = ana.open(f"/cliente?client={PEDRO}")
    card = page.locator("[aria-labelledby=ct-reminders]")
    expect(card).to_contain_text(made.document_id)
    card.get_by_role("link", name="Levantar").click()
    page.get_by_role("button", name="Levantar la pausa").click()
    expect(page.get_by_text("La pausa quedó levantada")).to_be_visible(timeout=WAIT)
    assert pauses.pauses(sample.store, COMPANY_ID, client_id=PEDRO) == []
    assert ana.complaints == []


def test_reader_asks_for_the_daily_mail(luis: Desk, sample: SampleHome) -> None:
    where = (sample.store, COMPANY_ID, "reader", "luis@example.com")
    users.set_email(*where, operator(COMPANY_ID), clock.now())
    page = luis.open("/clientes")
    page.locator(".ct-person summary").click()
    page.get_by_role("link", name="Correo diario").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Enviarme el correo diario").click()
    dialog.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("El correo diario le llegará a usted.")).to_be_visible(timeout=WAIT)
    assert users.get(sample.store, COMPANY_ID, "reader").wants_daily_mail
    assert "daily" not in luis.query
    assert luis.complaints == []


def test_a_level_has_a_sender_of_its_own(ana: Desk, sample: SampleHome) -> None:
    page = ana.open("/configuracion?section=mail")
    page.get_by_text("Remitentes por nivel").click()
    page.get_by_label("Último recordatorio").fill("juridica@example.com")
    form = page.locator("[data-testid=stForm]").filter(has_text="Remitentes por nivel")
    form.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("La configuración quedó guardada.")).to_be_visible(timeout=WAIT)
    profile = companies.mail_profile(sample.store, COMPANY_ID)
    company = Settings(home=sample.folder, company=COMPANY_ID).company_profile(COMPANY_ID)
    assert profile.sender("reminder", company, "final")[1] == "juridica@example.com"
    assert profile.sender("reminder", company, "first")[1] != "juridica@example.com"
