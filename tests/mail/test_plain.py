"""A body as plain text: what was escaped is itself again, and no more than once."""

from __future__ import annotations

from cartera.mail.plain import text_of


def test_entities_are_resolved_once_also_in_addresses() -> None:
    html = (
        '<p><a href="https://x.co/a?kind=p&amp;notice=1&amp;lt=3">Abrir</a> A &amp; B &lt;i&gt;'
        " &amp;lt;b&amp;gt; {saldo}</p>"
    )
    assert text_of(html) == (
        "Abrir (https://x.co/a?kind=p&notice=1&lt=3) A & B <i> &lt;b&gt; {saldo}"
    )


def test_a_quotation_keeps_its_lines() -> None:
    assert text_of("<p>Dijo:</p><blockquote>uno<br>dos</blockquote>") == "Dijo:\n\nuno\ndos"
