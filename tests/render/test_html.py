"""The HTML page as a parser sees it: structure, escapes, links."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from cartera.render.html import to_html
from tests.factories import (
    AS_OF,
    make_activity,
    make_allocation,
    make_item,
    make_section,
    make_statement,
)

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


class Seen(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data.replace("\xa0", " ")

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_page_names_language_parties_and_what_is_owed():
    seen = Seen(to_html(make_statement()))
    assert seen.all("html") == [{"lang": "es"}]
    assert "Distribuidora Ñandú S.A.S." in seen.text
    assert "su saldo es de COP 1.190.000,00; no hay valores vencidos." in seen.text


def test_tables_say_what_their_headers_head():
    activity = make_statement(make_activity(), kind="activity", from_date=AS_OF, to_date=AS_OF)
    for statement in (make_statement(), activity):
        seen = Seen(to_html(statement))
        assert len(seen.all("caption")) == len(seen.all("table")) == 1
        assert all(header.get("scope") in ("col", "row") for header in seen.all("th"))


def test_a_purchase_order_is_a_line_of_its_own_under_the_number():
    ordered = to_html(make_statement(make_section([make_item(purchase_order="OC-1 <b>")])))
    assert "<small>Orden de compra OC-1 &lt;b&gt;</small>" in ordered
    assert ordered.count("<small>") == to_html(make_statement()).count("<small>") + 1


def test_nothing_is_loaded_and_nothing_runs():
    page = to_html(make_statement())
    seen = Seen(page)
    assert not seen.all("script")
    assert not seen.all("link")
    assert "url(" not in page
    assert "@import" not in page


def test_hostile_names_are_escaped():
    paid = [make_allocation("1", reference=HOSTILE, label=HOSTILE)]
    item = make_item(HOSTILE, reference=HOSTILE, allocations=paid)
    hostile = {"name": HOSTILE, "tax_id": HOSTILE, "address": HOSTILE, "color": "red;}</style>"}
    seen = Seen(to_html(make_statement(make_section([item]), company=hostile, client=hostile)))
    assert not seen.all("script")
    assert not seen.all("img")
    assert not [a for _, attributes in seen.tags for a in attributes if a.startswith("on")]
    assert HOSTILE in seen.text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)",
        "java\nscript:alert(1)", "data:text/html,x", "//evil.example", "http://",
        "ftp://a.example", "vbscript:x", "/own",
        "https://a.example/\"onclick='x'", "http://a.example/\u202e", "http://[", "x" * 3000,
    ],
)  # fmt: skip
def test_an_address_that_is_no_web_page_is_no_link(url):
    seen = Seen(to_html(make_statement(make_section([make_item(url=url)]))))
    assert not seen.all("a")


def test_a_documents_address_is_a_link_that_tells_nobody_where_it_was():
    url = "https://facturas.example/FV-1?a=1&b=2"
    seen = Seen(to_html(make_statement(make_section([make_item(url=url)]))))
    (link,) = seen.all("a")
    assert link["href"] == url
    assert "noreferrer" in str(link["rel"])


def test_downloads_are_offered_where_there_are_addresses():
    links = {"pdf": "/c/abc/pdf", "xlsx": "javascript:x", "other": "https://a.example"}
    seen = Seen(to_html(make_statement(), links=links))
    assert [link["href"] for link in seen.all("a")] == ["/c/abc/pdf"]
    assert "Descargar PDF" in seen.text


def test_payments_unfold_without_javascript():
    paid = [make_allocation("25", kind="withholding", source_id=None, label="ReteFuente 2.5 %")]
    seen = Seen(to_html(make_statement(make_section([make_item(allocations=paid)]))))
    assert len(seen.all("details")) == 1
    assert "Retención · ReteFuente 2.5 %" in seen.text


def test_states_are_words():
    items = [make_item("A", days=9), make_item("B", status="void"), make_item("C", disputed=True)]
    seen = Seen(to_html(make_statement(make_section(items))))
    for word in ("Vencida", "vencida hace 9 días", "Anulada", "En disputa"):
        assert word in seen.text


def test_fragment_is_only_a_style_and_an_article():
    seen = Seen(to_html(make_statement(), standalone=False))
    assert [tag for tag, _ in seen.tags[:2]] == ["style", "article"]
    assert not seen.all("html")


def test_logo_is_inside_the_page(tmp_path):
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"\x89PNG\r\n\x1a\n")
    (image,) = Seen(to_html(make_statement(company={"logo": str(logo)}))).all("img")
    assert str(image["src"]).startswith("data:image/png;base64,")


def test_no_balance_is_said_too():
    seen = Seen(to_html(replace(make_statement(), sections=(make_section(()),))))
    assert "no tiene saldo pendiente en COP" in seen.text
    assert "Sin registros para mostrar." in seen.text
