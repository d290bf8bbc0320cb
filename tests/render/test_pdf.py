"""The PDF read back: its words, figures and pages."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pypdf import PdfReader

from cartera.render import pdf
from cartera.render.pdf import to_pdf
from cartera.statement import Instalment, Statement
from tests.factories import (
    AS_OF,
    make_activity,
    make_allocation,
    make_item,
    make_line,
    make_section,
    make_statement,
    money,
)

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><rect width="2" height="1"/></svg>'
)


def pages(statement: Statement) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(to_pdf(statement))).pages]


def text(statement: Statement) -> str:
    # The no-break space between currency and figure reads as a space.
    return " ".join("\n".join(pages(statement)).replace("\xa0", " ").split())


def test_letterhead_client_and_sentence_with_accents():
    item = make_item(total="1190000.55", days=12)
    shown = text(make_statement(make_section([item])))
    assert "Distribuidora Ñandú S.A.S." in shown
    assert "Ferretería El Cóndor Ltda." in shown
    assert "Al 24/11/2026 su saldo es de COP 1.190.000,55, todo vencido." in shown
    assert "vencida hace 12 días" in shown
    assert "Página 1 de 1" in shown


def test_500_rows_fill_pages_that_are_numbered_and_repeat_the_header():
    items = [make_item(f"FV-{n}", 1000 + n, days=n % 120) for n in range(500)]
    found = pages(make_statement(make_section(items)))
    assert len(found) > 5
    assert f"Página {len(found)} de {len(found)}" in found[-1]
    assert all("Vencimiento" in page for page in found[:-1])
    assert "FV-499" in "".join(found)


def test_one_that_seemed_to_fit_on_a_page_is_numbered_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items = [make_item(f"FV-{n}", 1000 + n, days=n % 120) for n in range(60)]
    statement = make_statement(make_section(items))
    known = to_pdf(statement)
    monkeypatch.setattr(pdf, "ONE_PAGE", 10**6)
    assert to_pdf(statement) == known
    found = pages(statement)
    assert f"Página {len(found)} de {len(found)}" in found[-1]
    assert len(found) > 1


def test_each_currency_has_its_section():
    sections = (
        make_section([make_item(total=100)]),
        make_section([make_item(total=7)], currency="USD"),
    )
    shown = text(make_statement(*sections))
    assert "Cuenta en COP" in shown
    assert "Cuenta en USD" in shown
    assert "Saldo total USD 7,00" in shown
    assert "107,00" not in shown


def test_what_was_applied_stands_under_its_item():
    paid = [make_allocation("25", kind="withholding", source_id=None, label="ReteFuente 2.5 %")]
    plan = (Instalment(1, AS_OF, money(600), money(600), 3, "1-30"),)
    shown = text(make_statement(make_section([make_item(allocations=paid, instalments=plan)])))
    assert "14/11/2026 Retención · ReteFuente 2.5 % 25,00" in shown
    assert "Cuota 1 · 600,00 pendiente · Vencida" in shown


def test_many_payments_are_shortened_and_say_so():
    paid = [make_allocation("1", reference=f"TRX-{n}") for n in range(20)]
    shown = text(make_statement(make_section([make_item(allocations=paid)])))
    assert "TRX-7" in shown
    assert "TRX-8" not in shown
    assert "y 12 más" in shown


def test_activity_opens_and_closes_with_a_balance():
    section = make_activity(4, opening="500000")
    statement = make_statement(section, kind="activity", from_date=AS_OF, to_date=AS_OF)
    shown = text(statement)
    assert "Saldo anterior 500.000,00" in shown
    assert "Saldo final COP 894.000,00" in shown


def test_void_and_later_payments_are_marked():
    later = make_line("-300", type="payment", number="RC-9")
    section = make_section([make_item(status="void")], future_payments=(later,))
    shown = text(make_statement(section))
    assert "Anulada" in shown
    assert "Pagos posteriores, no incluidos" in shown


def test_metadata_and_paper():
    made = PdfReader(io.BytesIO(to_pdf(make_statement(country="AR"))))
    assert made.metadata is not None
    assert made.metadata.title == "Estado de cuenta · Ferretería El Cóndor Ltda."
    assert made.metadata.author == "Distribuidora Ñandú S.A.S."
    assert round(made.pages[0].mediabox.height) == 842  # A4; Colombia prints on letter
    assert round(PdfReader(io.BytesIO(to_pdf(make_statement()))).pages[0].mediabox.height) == 792


def test_same_statement_same_bytes():
    assert to_pdf(make_statement()) == to_pdf(make_statement())


def test_a_logo_is_drawn_and_a_bad_one_is_left_out(tmp_path):
    plain = to_pdf(make_statement())
    (tmp_path / "good.svg").write_bytes(SVG)
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nno image")
    assert to_pdf(make_statement(company={"logo": str(tmp_path / "good.svg")})) != plain
    assert to_pdf(make_statement(company={"logo": str(tmp_path / "bad.png")})) == plain
    assert to_pdf(make_statement(company={"logo": str(tmp_path / "absent.png")})) == plain


def test_threads_do_not_disturb_each_other():
    statements = [make_statement(client={"name": f"Cliente {n}"}) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(to_pdf, statements))
    assert made == [to_pdf(statement) for statement in statements]


@pytest.mark.parametrize("name", ['#panic("x")', "*bold* _it_ $x^2$", "@ref <label>", "\\u{41}"])
def test_markup_in_a_name_is_only_text(name):
    shown = text(make_statement(client={"name": name}))
    assert name.replace(" ", "") in shown.replace(" ", "")


def test_english():
    shown = text(replace(make_statement(), language="en", country="US"))
    assert "As of Nov 24, 2026 your balance is COP 1,190,000.00; nothing is overdue." in shown
    assert "Page 1 of 1" in shown
