"""Names and addresses that would mean something in Markdown stay names and addresses."""

from __future__ import annotations

import pytest

from streamlit_app.staff.plain import plain


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pedro.gomez@example.com", "pedro.gomez@example.com"),
        ("a_b@x.co", "a_b@x.co"),
        ("_a_ S.A.S.", r"\_a\_ S.A.S."),
        ("**oferta** `x`", r"\*\*oferta\*\* \`x\`"),
        (":red[hola] :material/home:", r"\:red\[hola\] \:material/home\:"),
        ("![x](y)", r"\!\[x\](y)"),
        ("<b>", r"\<b\>"),
        ("1. Comercial", r"1\. Comercial"),
        ("12) Comercial", r"12\) Comercial"),
        ("- guion", r"\- guion"),
        ("# uno\n\n# dos", r"\# uno \# dos"),
        ("$x$", r"\$x\$"),
    ],
)
def test_every_sign_is_a_sign(text: str, wanted: str) -> None:
    assert plain(text) == wanted
