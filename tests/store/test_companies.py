"""A company's settings: the file, over it what people saved, checked, by whom and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cartera.config import Settings
from cartera.errors import Forbidden
from cartera.mail.profile import MailProfile
from cartera.render.logo import read_logo
from cartera.store import companies, company_fields
from cartera.store.companies import SettingsRefused
from cartera.store.schema import company_settings
from tests.images import png, svg
from tests.people import ANA, EVE, LUIS, READER

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TOML = """
[company.main]
name = "Empresa del archivo"
email = "cartera@archivo.co"
phone = "604 555 0100"
"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    settings.root.mkdir(parents=True)
    (settings.root / "cartera.toml").write_text(TOML, encoding="utf-8")
    return settings


def save(store, by=ANA, now=NOW, company=None, **changes):
    return companies.save(store, "main", changes, by=by, now=now, company=company)


def test_without_anything_saved_the_file_holds(settings, store):
    assert companies.profile(settings, store) == settings.company_profile("main")
    assert companies.profile(settings, store, "unknown").name == "unknown"
    assert companies.mail_profile(store, "main") == MailProfile()
    assert companies.text(store, "main", "statement", "es") is None


def test_what_was_saved_holds_and_the_rest_is_the_files(settings, store):
    changed = save(store, name="Otra", buckets=["15", "45"], per_minute=30, is_on=False)
    assert set(changed) == {"name", "buckets", "per_minute", "is_on"}
    company = companies.profile(settings, store, "main")
    assert (company.name, company.buckets, company.phone) == ("Otra", (15, 45), "604 555 0100")
    mail = companies.mail_profile(store, "main")
    assert (mail.per_minute, mail.is_on, mail.keep_days) == (30, False, 730)
    assert companies.profile(settings, store, "other").name == "other"


def test_only_what_changed_is_written(settings, store):
    """A form sends all of its fields: the others go on being decided by the file."""
    company = companies.profile(settings, store)
    form = {"name": company.name, "email": company.email, "color": "#112233", "per_minute": 120}
    assert save(store, company=company, **form) == ("color",)
    assert save(store, company=companies.profile(settings, store), **form) == ()
    assert [len(entry.details["changes"]) for entry in companies.history(store, "main")] == [1]


def test_none_takes_a_setting_back_to_the_file(settings, store):
    save(store, name="Otra")
    assert save(store, name=None, phone=None) == ("name",)
    assert companies.profile(settings, store).name == "Empresa del archivo"


def test_values_are_cleaned(settings, store):
    save(
        store, name="  Otra\u202e\nSAS ", email="Cartera@OTRA.co", website="otra.co", country="mx",
        reply_to="", timezone="America/Mexico_City", currency="mxn",
    )  # fmt: skip
    company = companies.profile(settings, store)
    assert (company.name, company.email, company.website) == (
        "Otra SAS", "cartera@otra.co", "https://otra.co",
    )  # fmt: skip
    assert (company.country, company.currency) == ("MX", "MXN")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("name", " \n", "needs a name"),
        ("name", "x" * 1000, "too long"),
        ("email", "nadie", "is not an address"),
        ("reply_to", "a@x.co\r\nBcc: b@x.co", "is not an address"),
        ("website", "javascript:alert(1)", "no web address"),
        ("country", "Colombia", "two letters"),
        ("language", "fr", "cannot be used"),
        ("timezone", "Marte/Olimpo", "no such time zone"),
        ("timezone", "../../etc/passwd", "no such time zone"),
        ("currency", "PESO", "three letters"),
        ("color", "red; }", "a colour such as"),
        ("buckets", [30, 30], "1 to 12 limits"),
        ("link_days", 0, "from 1 to 120"),
        ("per_minute", 0, "from 1 to 60,000"),
        ("per_minute", "muchos", "from 1 to 60,000"),
        ("keep_days", 99999, "from 1 to 3,660"),
        ("is_on", "quizás", "cannot be used"),
        ("address", "x" * 300, "at most 200"),
        ("phone", 5, "cannot be used"),
        ("id", "other", "no such setting"),
        ("logo", "/etc/passwd", "no such setting"),
        ("new_invoices_since", "2020-01-01", "no such setting"),
        ("text.statement.fr", ("a", "<p>b</p>"), "no such setting"),
        ("text.statement.es", ("", "<p>b</p>"), "subject is empty"),
        ("text.statement.es", ("a", "<p> </p>"), "text is empty"),
        ("text.statement.es", ("a" * 1_000_000, "<p>b</p>"), "subject is too long"),
        ("text.statement.es", "ab", "cannot be used"),
    ],
)
def test_what_is_wrong_is_named(name, value, said):
    with pytest.raises(SettingsRefused, match=said) as refused:
        company_fields.checked({"tax_id": "1", name: value})
    assert list(refused.value.fields) == [name]


def test_nothing_is_saved_where_something_is_wrong(settings, store):
    with pytest.raises(SettingsRefused):
        save(store, tax_id="1", name="")
    assert companies.profile(settings, store).tax_id == ""
    assert companies.history(store, "main") == []


def test_all_that_is_wrong_is_said_at_once(store):
    with pytest.raises(SettingsRefused) as refused:
        save(store, name="", email="x", buckets=[], keep_days=0)
    assert set(refused.value.fields) == {"name", "email", "buckets", "keep_days"}


def test_texts_are_kept_per_kind_and_language_without_anything_active(store):
    name = companies.text_name("statement", "es")
    body = '<p onclick="x()">Hola {cliente}<script>alert(1)</script></p>'
    companies.save(store, "main", {name: ("Su cuenta\r\nBcc: x", body)}, by=ANA, now=NOW)
    assert companies.text(store, "main", "statement", "es") == (
        "Su cuenta Bcc: x",
        "<p>Hola {cliente}</p>",
    )
    assert companies.text(store, "main", "statement", "en") is None
    assert companies.text(store, "main", "invoice", "es") is None
    companies.save(store, "main", {name: None}, by=ANA, now=NOW)
    assert companies.text(store, "main", "statement", "es") is None


def test_new_invoices_are_those_after_the_switch(store):
    save(store, mails_new_invoices=True)
    assert companies.mail_profile(store, "main").new_invoices_since == NOW
    save(store, mails_new_invoices=True, now=NOW + timedelta(days=1))
    assert companies.mail_profile(store, "main").new_invoices_since == NOW
    save(store, mails_new_invoices=False, now=NOW + timedelta(days=2))
    later = NOW + timedelta(days=3)
    save(store, mails_new_invoices=True, now=later)
    assert companies.mail_profile(store, "main").new_invoices_since == later


def test_who_changed_what_and_when_is_kept(store):
    save(store, phone="1")
    save(store, phone="2", is_on=False, by=LUIS, now=NOW + timedelta(hours=1))
    newest, first = companies.history(store, "main")
    assert (newest.who, newest.details["changes"]["phone"]) == ("luis", {"old": "1", "new": "2"})
    assert newest.details["changes"]["is_on"] == {"old": True, "new": False}
    assert first.who == "ana"
    assert companies.changes_of(store, "main")["phone"].by == "luis"
    assert companies.changes_of(store, "main")["phone"].at == NOW + timedelta(hours=1)
    assert companies.changes_of(store, "other") == {}


@pytest.mark.parametrize("who", [READER, EVE])
def test_only_who_may_changes_settings(store, who):
    with pytest.raises(Forbidden):
        save(store, by=who, phone="1")
    with pytest.raises(Forbidden):
        companies.save_logo(store, "main", png(), by=who, now=NOW)


def test_a_kept_value_that_is_no_longer_good_closes_no_page(settings, store):
    with store.write() as connection:
        for name, value in (("buckets", [9, 3]), ("phone", "2"), ("per_minute", -1), ("old", 1)):
            row = {"name": name, "value": value, "changed_at": NOW, "changed_by": "?"}
            connection.execute(company_settings.insert().values(company_id="main", **row))
    company = companies.profile(settings, store)
    assert (company.buckets, company.phone) == ((30, 60, 90), "2")
    assert companies.mail_profile(store, "main").per_minute == 120


def test_senders_default_to_the_companys_address(settings, store):
    company = companies.profile(settings, store)
    mail = companies.mail_profile(store, "main")
    assert mail.sender("reminder", company) == ("Empresa del archivo", "cartera@archivo.co")
    save(store, statement_sender="estados@x.co", sender_name="Cartera X")
    mail = companies.mail_profile(store, "main")
    assert mail.sender("invoice", company) == ("Cartera X", "estados@x.co")
    assert mail.sender("reminder", company) == ("Cartera X", "estados@x.co")
    save(store, reminder_sender="cobros@x.co")
    mail = companies.mail_profile(store, "main")
    assert mail.sender("reminder", company)[1] == "cobros@x.co"
    assert mail.sender("statement", company)[1] == "estados@x.co"


@pytest.mark.parametrize(("content", "ending"), [(png(), ".png"), (svg(), ".svg")])
def test_a_logo_is_a_file_named_by_what_is_in_it(settings, store, content, ending):
    companies.save_logo(store, "main", content, by=ANA, now=NOW)
    path = Path(companies.profile(settings, store).logo)
    assert path.parent == settings.root / "logos"
    assert (path.suffix, path.read_bytes()) == (ending, content)
    assert read_logo(str(path)) is not None
    path.unlink()  # another machine, or an emptied folder
    assert Path(companies.profile(settings, store).logo).read_bytes() == content
    companies.save_logo(store, "main", png(b"\xff\0\0"), by=ANA, now=NOW)
    assert companies.profile(settings, store).logo != str(path)
    companies.save_logo(store, "main", None, by=ANA, now=NOW)
    assert companies.profile(settings, store).logo == ""
    assert len(companies.history(store, "main")) == 3


def test_a_logo_that_cannot_be_written_is_no_reason_to_fail(settings, store):
    companies.save_logo(store, "main", png(), by=ANA, now=NOW)
    (settings.root / "logos").write_text("in the way")
    assert companies.profile(settings, store).logo == ""


def test_the_files_logo_is_found_from_home(settings, store):
    text = TOML + 'logo = "mi logo.png"\n'
    (settings.root / "cartera.toml").write_text(text, encoding="utf-8")
    (settings.root / "mi logo.png").write_bytes(png())
    again = Settings(home=settings.home, store=settings.store)
    assert read_logo(companies.profile(again, store).logo) is not None


def test_each_level_of_reminder_may_have_a_sender(settings, store):
    save(store, reminder_sender="cobros@x.co", reminder_senders={"final": " Jefe@X.co ", "due": ""})
    company, mail = companies.profile(settings, store), companies.mail_profile(store, "main")
    assert mail.reminder_senders == {"final": "jefe@x.co"}
    assert mail.sender("reminder", company, "final")[1] == "jefe@x.co"
    assert mail.sender("reminder", company, "due")[1] == "cobros@x.co"
    assert mail.sender("statement", company, "final")[1] == "cartera@archivo.co"
    for wrong in ({"final": "no address"}, {"last": "a@b.co"}, ["a@b.co"]):
        with pytest.raises(SettingsRefused) as refused:
            save(store, reminder_senders=wrong)
        assert set(refused.value.fields) == {"reminder_senders"}
