"""Messages as files, and the two small acts: only of one's own company, and only who may."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cartera import clock
from cartera.mail.outgoing import Content, Draft
from cartera.mail.transports import folder
from cartera.store import mailings, outbox
from cartera.store.schema import message_contents, messages
from streamlit_app.shared.services import Services
from tests.people import ANA
from tests.streamlit_app.door import new_browser

Enter = Callable[..., TestClient]
CONTENT = Content("Estado", "<p>Hola</p>")


@pytest.fixture
def enter(found: Services, staff_cookies: Callable[..., dict[str, str]]) -> Enter:
    def entered(role: str = "administrator", **changes: object) -> TestClient:
        return new_browser(cookies=staff_cookies(role, **changes) if role else {})

    return entered


def letter() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Estado de cuenta"
    message.set_content("Hola\n")
    message.add_attachment(b"%PDF-1.7", "application", "pdf", filename="cuenta ñ.pdf")
    message.add_attachment(b"<script>x</script>", "text", "html", filename='../"x.html')
    return message


def make(found: Services, *, kept: bytes | None = None, key: str = "k1") -> str:
    draft = Draft(key, "statement", "C1", "a@b.co", content=CONTENT)
    (public_id,) = outbox.queue(found.store, "main", [draft], by=ANA, now=clock.now())
    if kept is not None:
        row = sa.select(messages.c.id).where(messages.c.public_id == public_id).scalar_subquery()
        values = {"content": zlib.compress(kept), "size": len(kept), "kept_at": clock.now()}
        with found.store.write() as connection:
            connection.execute(sa.insert(message_contents).values(message_id=row, **values))
    return public_id


def test_a_message_and_its_files_are_handed_over_to_keep(found: Services, enter: Enter) -> None:
    raw = letter().as_bytes()
    public_id = make(found, kept=raw)
    browser = enter("reader")  # who looks at everything looks at this too
    whole = browser.get(f"/download/message/{public_id}.eml")
    assert (whole.content, whole.headers["content-type"]) == (raw, "message/rfc822")
    pdf, page = (browser.get(f"/download/message/{public_id}/{n}") for n in (0, 1))
    assert (pdf.status_code, pdf.content[:4]) == (200, b"%PDF")
    assert "cuenta%20%C3%B1.pdf" in pdf.headers["content-disposition"]
    # What could run in a browser is never shown by ours.
    assert page.headers["content-type"] == "application/octet-stream"
    assert page.headers["content-disposition"].startswith("attachment")
    assert "/" not in page.headers["content-disposition"].partition("''")[2]


def test_what_is_not_theirs_or_not_kept_does_not_exist(found: Services, enter: Enter) -> None:
    public_id = make(found, kept=letter().as_bytes())
    unsent = make(found, key="k2")
    eve = enter(login="eve", company_id="other")
    mine = enter()
    for path in (f"{public_id}.eml", f"{public_id}/1"):
        assert eve.get(f"/download/message/{path}").status_code == 404
    for path in (f"{unsent}.eml", f"{public_id}/9", f"{public_id}/-1", "nothing.eml"):
        assert mine.get(f"/download/message/{path}").status_code == 404, path
    assert enter("").get(f"/download/message/{public_id}.eml").status_code in (303, 401)


def test_the_mailbox_is_only_there_where_mail_goes_into_a_folder(
    found: Services, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "0" * 32
    box = folder.box(found.settings, "main")
    box.mkdir(parents=True)
    (box / f"{name}.eml").write_bytes(letter().as_bytes())
    assert enter().get(f"/download/mailbox/{name}.eml").status_code == 404
    monkeypatch.setitem(found.settings.__dict__, "mail", "folder")
    assert enter().get(f"/download/mailbox/{name}.eml").status_code == 200
    assert enter().get(f"/download/mailbox/{name}/0").content == b"%PDF-1.7"
    # Another company's mail is not there, and neither is anybody's for who may not send: the
    # links in it open accounts.
    eve = enter(login="eve", company_id="other")
    assert eve.get(f"/download/mailbox/{name}.eml").status_code == 404
    assert enter("reader").get(f"/download/mailbox/{name}.eml").status_code == 404
    for path in ("..%2Fstore.sqlite", f"..%2Fmain%2F{name}.eml", "x.eml", f"{'0' * 31}.eml"):
        assert enter().get(f"/download/mailbox/{path}").status_code == 404, path


def test_a_prepared_message_is_held_back_and_put_back(found: Services, enter: Enter) -> None:
    draft = Draft("k1", "statement", "C1", "a@b.co")
    mailing = mailings.create(
        found.store, "main", kind="statement", content=CONTENT, choice={}, drafts=[draft],
        by=ANA, now=clock.now(),
    )  # fmt: skip
    (message,) = outbox.list_messages(found.store, "main", mailing=mailing.public_id)
    form = {"message": message.public_id}

    def state() -> str:
        return outbox.get(found.store, "main", message.public_id).state

    ana = enter()
    for path, status, after in (
        ("/message/hold", 204, "held"),
        ("/message/hold", 409, "held"),
        ("/message/release", 204, "draft"),
        ("/message/send", 404, "draft"),
    ):
        assert (ana.post(path, data=form).status_code, state()) == (status, after), path
    assert ana.get("/message/hold").status_code == 405
    assert enter("reader").post("/message/hold", data=form).status_code == 403
    assert (
        enter(login="eve", company_id="other").post("/message/hold", data=form).status_code == 409
    )
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert ana.post("/message/hold", data=form, headers=foreign).status_code == 403
    assert enter("").post("/message/hold", data=form).status_code == 401
    assert state() == "draft"
