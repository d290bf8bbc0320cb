"""Bodies, subjects and names that staff write or somebody smuggles in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartera.mail import clean
from cartera.mail.refusal import Refusal


def test_what_the_editor_makes_stays():
    html = (
        '<h2 style="text-align: center">Título</h2>'
        '<p style="text-align: right"><span style="font-family: Georgia, serif; font-size: 18px; '
        'color: red">Hola <strong>{cliente}</strong></span>, <em>su</em> <u>x</u>: {saldo}</p>'
        "<ul><li><p>uno</p></li></ul><ol><li><p>dos</p></li></ol>"
        '<p><a href="{enlace}" rel="noopener noreferrer">Ver</a>'
        '<a href="mailto:a@b.co" rel="noopener noreferrer">b</a></p>'
    )
    assert clean.body(html) == html
    assert clean.body(clean.body(html)) == clean.body(html)


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<script>alert(1)</script>hola", "hola"),
        ("<img src=x onerror=alert(1)>hola", "hola"),
        ("<p onclick=alert(1)>hola</p>", "<p>hola</p>"),
        ("<svg><script>1</script></svg>hola", "hola"),
        ("<style>p{display:none}</style>hola", "hola"),
        ("<iframe src=https://x.co></iframe>hola", "hola"),
        ("<form action=https://x.co><input name=a>hola</form>", "hola"),
        ("<table><tr><td>hola</td></tr></table>", "hola"),
        ("<!--[if mso]><p>x</p><![endif]-->hola", "hola"),
        ("<meta http-equiv=refresh content=0>hola", "hola"),
        ("<p>{{ 7*7 }} {% x %} ${1+1}</p>", "<p>{{ 7*7 }} {% x %} ${1+1}</p>"),
        ("a\u202eb\u2066c\x00d\x1be", "abcde"),
        ("a&#x202e;b&#8294;c", "abc"),
        ('<p style="position:fixed;color:red">x</p>', '<p style="color: red">x</p>'),
        ('<p style="color:expression(alert(1))">x</p>', "<p>x</p>"),
        ('<p style="background:url(https://x.co/a)">x</p>', "<p>x</p>"),
        ('<p style="background-color:url(https://x.co/a)">x</p>', "<p>x</p>"),
        ('<p style="font-size:900px">x</p>', "<p>x</p>"),
        ('<p style="font-size:0px">x</p>', "<p>x</p>"),
        ("<p style=\"font-family:x&quot;;} body{display:none\">x</p>", "<p>x</p>"),
        ('<b style="font-family:\'Times New Roman\'">x</b>',
         '<b style="font-family: \'Times New Roman\'">x</b>'),
        ('<p class="card hidden" id="x">x</p>', "<p>x</p>"),
    ],
)  # fmt: skip
def test_what_is_active_or_hidden_goes(html: str, left: str):
    assert clean.body(html) == left


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "//x.co",
        "/baja/1", "file:///etc/passwd", "mailto:a@b.co?bcc=c@d.co", "http:///x", "https://a b.co",
        "cid:x", "{cliente}", "{enlace}?x=1", "x{enlace}",
    ],
)  # fmt: skip
def test_links_to_nowhere_good_lose_their_address(address: str):
    assert clean.body(f'<a href="{address}">x</a>') == '<a rel="noopener noreferrer">x</a>'


def test_a_placeholder_inside_an_address_is_not_one_any_more():
    cleaned = clean.body('<a href="https://x.co/?c={cliente}&s={saldo}">x</a>')
    assert "{" not in cleaned
    assert 'href="https://x.co/?c=%7Bcliente%7D&amp;s=%7Bsaldo%7D"' in cleaned


@pytest.mark.parametrize(
    "html", ["x" * 100_001, "<b>" * 20_000, "<p><b>x" * 10_000, "<blockquote>" * 700]
)
def test_what_no_letter_is_gets_refused(html: str):
    with pytest.raises(Refusal):
        clean.body(html)


def test_subjects():
    assert (
        clean.subject("  Estado\r\nBcc: x@y.co\t de\u202e cuenta ")
        == "Estado Bcc: x@y.co de cuenta"
    )
    assert clean.subject("Saldo {saldo} {{7*7}}") == "Saldo {saldo} {{7*7}}"
    for bad, word in (
        ("", "empty"),
        (" \u200e\n", "empty"),
        ("x" * 201, "200"),
        ("x" * 10**6, "200"),
    ):
        with pytest.raises(Refusal, match=word):
            clean.subject(bad)


def test_names():
    assert clean.name("Empresa\r\nBcc: x@y.co") == "Empresa Bcc: x@y.co"
    assert clean.name("") == ""
    with pytest.raises(Refusal, match="100"):
        clean.name("x" * 101)


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_ends_clean_and_stays_so(text: str):
    once = clean.body(text)
    assert clean.body(once) == once
    assert "<script" not in once.lower()
    once.encode()
