"""A message as its reader sees it: HTML, plain text, and nothing that runs."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from cartera.i18n import LANGUAGES
from cartera.mail import layout, texts
from cartera.mail.letter import Letter, letter
from cartera.mail.offers import Offers
from cartera.mail.reminded import still_due
from cartera.notices.rights import Rights
from cartera.portfolio import Document
from cartera.statement import Instalment
from tests.bounds import examples
from tests.factories import AS_OF, make_item, make_section, make_statement, money
from tests.mail.orders import LINK, make_company, make_letter, make_order
from tests.screens import broken_words

INVOICE = Document(
    client_id="C-001",
    document_id="D-9",
    number="FE-1042",
    type="invoice",
    currency="COP",
    issue_date=date(2026, 11, 20),
    due_date=date(2026, 12, 20),
    total=money("892500"),
    open=money("500000"),
    is_overdue=False,
    url="https://dian.example/FE-1042.pdf",
    shares_number=False,
)


class Seen(HTMLParser):
    """Tags, attributes and text of a message's HTML."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._quiet = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._quiet = tag in ("style", "title")

    def handle_endtag(self, tag):
        self._quiet = False

    def handle_data(self, data):
        if not self._quiet:
            self.text += data.replace("\xa0", " ")

    def links(self) -> set[str | None]:
        return {about.get("href") for tag, about in self.tags if tag == "a"}


def both(**fields) -> tuple[Seen, str]:
    made = make_letter(**fields)
    return Seen(layout.html(made)), layout.text(made).replace("\xa0", " ")


def test_a_statement_says_the_same_in_both_forms():
    section = make_section([make_item("FV-1", "1190000.37", days=40), make_item("FV-2", "10")])
    seen, text = both(statement=make_statement(section), unsubscribe="https://x.co/baja/1")
    for said in (
        "Ferretería El Cóndor Ltda.", "COP 1.190.010,37", "24/11/2026", "FV-1", "FV-2",
        "vencida hace 40 días", "31 a 60 días", "Calle 93 # 11-27, Bogotá", "900.123.456-7",
        "Dejar de recibir estos mensajes",
    ):  # fmt: skip
        assert said in seen.text, said
        assert said in text, said
    assert seen.links() == {LINK, "https://x.co/baja/1"}
    assert LINK in text


def test_every_style_stands_in_its_element():
    """Programs that drop `<style>` still show a button, a table and a heading."""
    seen, _ = both()
    styled = [about.get("style", "") for tag, about in seen.tags if tag in ("td", "a", "table")]
    assert all(styled)
    assert any("background-color: #1f6f6b" in style for style in styled)


def test_by_night_and_on_a_phone_the_sheet_that_stays_does_the_rest():
    page = layout.html(make_letter())
    assert "@media (prefers-color-scheme: dark)" in page
    assert "@media (max-width: 480px)" in page


def test_nothing_is_loaded_from_anywhere():
    seen, _ = both()
    assert not {tag for tag, _ in seen.tags} & {"script", "link", "img", "iframe", "object"}
    assert "url(" not in layout.html(make_letter())


def test_a_logo_is_part_of_the_message(tmp_path):
    path = tmp_path / "logo.svg"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 20">'
                    '<rect width="80" height="20"/></svg>')  # fmt: skip
    made = make_letter(company=make_company(logo=str(path)))
    assert made.logo is not None
    assert made.logo.attachment.content.startswith(b"\x89PNG")
    assert (made.logo.width, made.logo.height) == (176, 44)
    (image,) = [about for tag, about in Seen(layout.html(made)).tags if tag == "img"]
    assert image["src"] == f"cid:{made.logo.attachment.content_id}"


@pytest.mark.parametrize("content", [b"<svg", b"\x89PNG\r\n\x1a\n", b"", b"GIF89a"])
def test_a_logo_that_is_none_stops_no_message(tmp_path, content: bytes):
    path = tmp_path / "logo.png"
    path.write_bytes(content)
    assert make_letter(company=make_company(logo=str(path))).logo is None


def test_a_logo_reads_no_file_of_the_machine(tmp_path):
    (tmp_path / "secret.png").write_bytes(b"secret")
    path = tmp_path / "logo.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
        f'<image href="file://{tmp_path}/secret.png" width="9" height="9"/></svg>'
    )
    made = make_letter(company=make_company(logo=str(path))).logo
    assert made is None or b"secret" not in made.attachment.content


def test_a_long_account_names_the_oldest_and_counts_the_rest():
    items = [make_item(f"FV-{n}", days=100 - n) for n in range(42)]
    seen, text = both(statement=make_statement(make_section(items)))
    assert "FV-29" in seen.text and "FV-29" in text
    assert "FV-30" not in seen.text and "FV-30" not in text
    assert "y 12 más en la página" in seen.text
    assert "y 12 más en la página" in text


def test_void_documents_are_not_listed():
    items = [make_item("FV-1"), make_item("FV-2", status="void")]
    seen, text = both(statement=make_statement(make_section(items)))
    assert "FV-2" not in seen.text
    assert "FV-2" not in text


def test_an_account_with_nothing_open_says_so():
    seen, text = both(statement=make_statement(make_section([])))
    for shown in (seen.text, text):
        assert "no tiene saldo pendiente" in shown
        assert "COP 0,00" in shown


def test_currencies_stand_apart():
    sections = (
        make_section([make_item(total="10")]),
        make_section([make_item(total="7")], currency="USD"),
    )
    seen, text = both(statement=make_statement(*sections), language="en")
    for shown in (seen.text, text):
        assert "Account in COP" in shown
        assert "Account in USD" in shown
        assert "are not added together" in shown


def test_an_invoice_alone():
    seen, text = both(kind="invoice", document=INVOICE)
    for said in ("FE-1042", "20/11/2026", "20/12/2026", "COP 892.500,00", "COP 500.000,00"):
        assert said in seen.text
        assert said in text
    assert "Cuenta en COP" not in seen.text + text
    assert seen.links() == {LINK, INVOICE.url}


def test_an_invoice_with_the_account():
    seen, text = both(kind="invoice", document=INVOICE, content={"statement": True})
    for shown in (seen.text, text):
        assert "FE-1042" in shown
        assert "Cuenta en COP al 24/11/2026" in shown


def test_the_copy_for_staff_is_the_same_message_with_the_company_in_its_heading():
    own, copy = make_letter(), make_letter(is_copy=True, contact="pagos@condor.example")
    assert copy.copy_of == ("Copia para su archivo del mensaje enviado a pagos@condor.example")
    assert replace(copy, copy_of="") == own
    heading, _, _ = Seen(layout.html(copy)).text.partition("Cordial saludo")
    for line in ("900.123.456-7", "Calle 93 # 11-27, Bogotá", "cartera@nandu.example"):
        assert line in heading
        assert line not in Seen(layout.html(own)).text.partition("Cordial saludo")[0]


def test_what_staff_wrote_reads_well_as_plain_text():
    body = (
        "<h2>Aviso</h2><p>Hola,<br>{cliente}</p><ul><li><p>uno</p></li><li>dos</li></ul>"
        '<p><a href="https://a.co/x">Mapa</a> <a href="{enlace}">aquí</a> &lt;3 &amp; más</p>'
    )
    text = layout.text(make_letter(content={"body": body, "statement": False}))
    assert text.startswith(
        "Aviso\n\nHola,\nFerretería El Cóndor Ltda.\n\n  * uno\n\n  * dos\n\n"
        f"Mapa (https://a.co/x) aquí ({LINK}) <3 & más\n"
    )


def test_without_a_link_there_is_no_button():
    seen, text = both(link="")
    assert seen.links() <= {""}
    assert "Ver mi estado de cuenta" not in seen.text + text


hostile = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.sampled_from(
        [
            "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "{saldo}",
            "{% raw %}", "%s", "\r\nBcc: x@y.co", "\u202egnp.exe", "x" * 5_000, "ñ " * 2_000,
            "\ud800", "\x00", "javascript:alert(1)", "]]>", "<!--", "</style>", "&lt;b&gt;", "",
        ]
    ),
)  # fmt: skip


@settings(max_examples=examples(40))
@given(name=hostile, number=hostile, url=hostile, subject=hostile)
@example("</td></table><script>x</script>", "<b>", 'https://x.co/"><script>', "Hola {cliente}")
@example("{enlace}", "{{x}}", "https://x.co/{cliente}", "{factura}{cliente}{empresa}{enlace}")
def test_no_name_or_number_breaks_a_message(name, number, url, subject):
    company = make_company(name=name, tax_id=number, address=name, phone=number, website=url)
    account = make_statement(
        make_section([make_item(number, url=url)]),
        client={"name": name},
        company={"name": name, "tax_id": number},
    )
    made = make_letter(
        statement=account,
        document=replace(INVOICE, number=number, url=url),
        company=company,
        kind="invoice",
        link=LINK,
        content={"subject": f"Factura {subject}"[:200], "statement": True},
    )
    page, text = layout.html(made), layout.text(made)
    seen = Seen(page)
    assert not {tag for tag, _ in seen.tags} & {"script", "img", "iframe", "b"}
    assert not any(name.startswith("on") for _, about in seen.tags for name in about)
    assert all(link is None or link.startswith("https://") for link in seen.links())
    assert len([tag for tag, _ in seen.tags if tag == "html"]) == 1
    assert "\n" not in made.subject and len(made.subject) <= 250
    assert not set("\u202e\x00\ud800") & set(page + text + made.subject)
    (page + text + made.subject).encode()
    assert "49" not in made.subject


def usual() -> Iterator[Letter]:
    """Mails as they often are: two currencies, instalments, marks, amounts of millions."""
    parts = [
        Instalment(n, AS_OF - timedelta(days=120 - 40 * n), money(amount), money(amount), days, "")
        for n, amount, days in ((2, "13450000", 40), (3, "123450000.50", -1))
    ]
    account = make_statement(
        make_section(
            [
                make_item("FE-104233", "136900000.50", days=40, instalments=parts),
                make_item("SETP-990000001", "98765432.10", days=3, disputed=True),
                make_item("FE-1", "5000", days=-20, reported=True),
                make_item("NC-77", "-1234567", type="credit_note"),
            ]
        ),
        make_section([make_item("EXP-12", "1250.75", days=200)], currency="USD"),
    )
    offers = Offers(Rights(), frozenset({"COP"}))
    invoice = replace(INVOICE, document_id="D-FE-104233", open=money("136900000.50"))
    for language in LANGUAGES:
        yield letter(make_company(), make_order(language=language), account, offers=offers)
        order = make_order(language=language, kind="invoice")
        yield letter(make_company(), order, account, invoice, offers=offers)
        said = texts.default("reminder-final", language)
        order = replace(make_order(language=language), kind="reminder", content=said)
        due = still_due(account, (), (), order.address)
        yield letter(make_company(), order, account, None, due, offers)


@pytest.mark.browser
@pytest.mark.full
def test_it_fits_a_phone_and_a_screen_by_day_and_by_night(chromium: Browser):
    wild = "W" * 190
    account = make_statement(
        make_section([make_item(wild, "123456789012.34", days=400), make_item("FV-2")]),
        client={"name": f"{wild} <script>document.title = 'ran'</script>"},
    )
    pages = [layout.html(make_letter()), layout.html(make_letter(statement=account))]
    pages += (layout.html(made) for made in usual())
    for page_html in pages:
        for width in (320, 390, 1280):
            for scheme in ("light", "dark"):
                context = chromium.new_context(
                    viewport={"width": width, "height": 800}, color_scheme=scheme
                )
                asked: list[str] = []
                page = context.new_page()
                page.on("request", lambda request, asked=asked: asked.append(request.url))
                page.set_content(page_html)
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                assert broken_words(page) == []  # of a day once "31/07/202" and "6"
                assert page.title() != "ran"
                assert not asked
                context.close()
