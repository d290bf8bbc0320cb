"""What stands in the frame of a message; that nothing runs in it is seen in a real browser."""

from __future__ import annotations

from cartera.mail.outgoing import Attachment
from streamlit_app.staff.sections.message_frame import RULES, prepared

LOGO = Attachment("logo.png", "image/png", b"\x89PNG", content_id="logo@cartera")


def test_our_rules_stand_before_everything_else() -> None:
    for html in ("<!-- <head> --><html><head></head>hola</html>", "hola", ""):
        assert prepared(html) == RULES + html
    assert RULES.startswith("<!doctype html>")
    assert "default-src 'none'" in RULES
    assert "script-src" not in RULES
    assert '<base target="_blank">' in RULES


def test_only_its_own_pictures_are_in_it() -> None:
    page = Attachment("x.html", "text/html", b"<script>", content_id="page")
    file = Attachment("a.png", "image/png", b"other")
    html = prepared('<img src="cid:logo@cartera"><img src="cid:page">', [LOGO, page, file])
    assert 'src="data:image/png;base64,iVBORw=="' in html
    assert 'src="cid:page"' in html
    assert "data:text/html" not in html
