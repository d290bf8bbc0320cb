"""What a stranger may try on the client's page: each attempt by name, each with a friendly end."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
import sqlalchemy as sa
from PIL import Image
from sqlalchemy import event
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from cartera import clock
from cartera.notices.rights import RIGHTS, Right, Rights
from cartera.notices.terms import KINDS, Notice
from cartera.store import client_rights, links, notices
from cartera.store.links import NewLink
from streamlit_app.client import access, account, app, limits
from streamlit_app.shared.gate import Gate
from streamlit_app.shared.services import Services
from tests.people import ANA

HOST = "http://portal.test"
HERE = {"Sec-Fetch-Site": "same-origin"}
PAID = {"amount": "1.200.000", "day": "2026-11-20", "method": "transfer", "reference": "TRX-1"}
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
MINE, THEIRS = "id-FE-1042", "id-FE-2001"


@pytest.fixture
def browser(found: Services) -> TestClient:
    account.forget()
    limits.forget()
    middleware = [Middleware(Gate, policy=app.policy(secure=False))]
    plain = Starlette(routes=app.routes(), middleware=middleware)
    return TestClient(plain, base_url=HOST, follow_redirects=False)


class Client:
    """Whoever holds a link, and their forms."""

    def __init__(self, found: Services, browser: TestClient, client_id: str = "C1") -> None:
        self.found, self.browser = found, browser
        self.new: NewLink = links.create(
            found.store, company_id="main", client_id=client_id, days=30, by=ANA, now=clock.now(),
            contact="ana@cliente.co",
        )  # fmt: skip
        browser.get(f"/e/{self.new.token}")
        self.id = self.new.link.public_id
        self.n = 0

    def send(
        self, kind: str = "payment", *, document: str | list[str] = MINE, file: object = None,
        **fields: str,
    ) -> httpx.Response:  # fmt: skip
        self.n += 1
        data = {"key": f"key{self.n:013}", "document": document, **fields}
        files = {"file": file} if file is not None else {"nothing": ("", b"")}
        return self.browser.post(
            f"/avisar?l={self.id}&kind={kind}", data=data, files=files, headers=HERE
        )  # type: ignore[arg-type]

    def said(self) -> list[Notice]:
        return notices.listed(self.found.store, "main", client_id=self.new.link.client_id)

    def page(self) -> str:
        return self.browser.get(f"/?l={self.id}").text


@pytest.fixture
def client(found: Services, browser: TestClient) -> Client:
    return Client(found, browser)


def png(width: int = 30, height: int = 20) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, "PNG")
    return out.getvalue()


def bomb() -> bytes:
    """A few bytes that say they are a picture of 3.6 thousand million pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        end = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + end

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000_000)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a", b"\0" * 20_000_000)
    return out.getvalue()


# Reporting, and what becomes of it.


def test_a_report_is_on_the_page_at_once_and_is_taken_back_by_hand(client: Client) -> None:
    answer = client.send(file=("recibo.png", png(), "image/png"), **PAID)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/?l={client.id}&said=payment"
    (notice,) = client.said()
    assert (notice.amount, notice.currency, notice.contact) == (
        Decimal(1_200_000), "COP", "ana@cliente.co",
    )  # fmt: skip
    assert notice.numbers == ("FE-1042",)
    page = client.page()
    assert "Reportado, por confirmar" in page
    where = f"/avisar/retirar?l={client.id}&notice={notice.public_id}"
    assert where.replace("&", "&amp;") in page
    assert "¿Desea retirar" in client.browser.get(where).text
    assert client.said()[0].state == "open"  # looking changed nothing
    assert client.browser.post(where, headers=HERE).status_code == 303
    assert client.said()[0].state == "withdrawn"
    assert "Retirado" in client.page()


def test_a_form_sent_twice_is_one_report_and_a_report_made_twice_is_refused(client) -> None:
    first = client.send(**PAID)
    again = client.send(**PAID | {"key": "key0000000000001"})
    assert (first.status_code, again.status_code) == (303, 303)
    twice = client.send(**PAID)
    assert twice.status_code == 400
    assert "ya nos reportó este pago" in twice.text
    assert len(client.said()) == 1


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(client) -> None:
    answer = client.send(amount="mucho", day="2027-01-01", method="", reference="TRX-9")
    assert answer.status_code == 400
    for field in ("amount", "day", "method"):
        assert f'id="wrong-{field}"' in answer.text
        assert f'aria-describedby="wrong-{field}"' in answer.text
    assert 'value="mucho"' in answer.text
    assert 'value="TRX-9"' in answer.text
    assert re.search(rf'value="{MINE}" checked', answer.text)
    assert client.said() == []


@pytest.mark.parametrize(
    ("day", "status"),
    [("2026-11-23", 400), ("2026-11-24", 303), ("2026-12-24", 303), ("2026-12-25", 400), ("", 400)],
)
def test_a_promise_lies_within_the_companys_days(client, day, status) -> None:
    assert client.send("promise", day=day).status_code == status


# Another client's documents and notices.


@pytest.mark.parametrize("kind", ["payment", "promise", "dispute"])
@pytest.mark.parametrize("with_mine", [True, False])
def test_another_clients_document_is_as_unknown_as_none(client, kind, with_mine) -> None:
    fields = PAID | {"reason": "amount"}
    answers = [
        client.send(kind, document=[MINE, other] if with_mine else [other], **fields)
        for other in (THEIRS, "id-never-was")
    ]
    assert [answer.status_code for answer in answers] == [400, 400]
    texts = [re.sub(r"key\d{13}", "key", answer.text) for answer in answers]
    assert texts[0] == texts[1]
    assert "FE-2001" not in texts[0]
    assert client.said() == []


@pytest.mark.parametrize("kind", ["payment", "promise", "dispute"])
def test_another_clients_document_in_the_address_chooses_nothing(client, kind) -> None:
    page = client.browser.get(f"/avisar?l={client.id}&kind={kind}&document={THEIRS}").text
    assert THEIRS not in page
    assert " checked" not in page
    mine = client.browser.get(f"/avisar?l={client.id}&kind={kind}&document={MINE}").text
    assert re.search(rf'value="{MINE}" checked', mine)


def test_another_clients_link_and_notice_are_out_of_reach(found, browser) -> None:
    theirs = Client(found, browser, "C2")
    theirs.send("comment", document=[], text="privado")
    (notice,) = theirs.said()
    browser.cookies.clear()
    mine = Client(found, browser)
    for query in (f"l={theirs.id}", f"l={theirs.id}&kind=comment", "l=nothing", ""):
        assert browser.get(f"/avisar?{query}").status_code == 404
        sent = browser.post(f"/avisar?{query}", data={"text": "x"}, headers=HERE)
        assert sent.status_code == 404
    where = f"/avisar/retirar?l={mine.id}&notice={notice.public_id}"
    assert browser.get(where).status_code == browser.post(where, headers=HERE).status_code == 404
    assert theirs.said()[0].state == "open"
    assert "privado" not in mine.page()


def test_another_sites_page_writes_nothing(client: Client) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.test"}):
        for path in ("/avisar?kind=comment", "/avisar/retirar?notice=x"):
            sent = client.browser.post(
                f"{path}&l={client.id}", data={"text": "x"}, headers=headers
            )  # fmt: skip
            assert sent.status_code == 403
    assert client.said() == []


@pytest.mark.parametrize("right", [right for right in RIGHTS if right != "pay"])
@pytest.mark.parametrize("whose", ["company", "client"])
def test_what_is_not_allowed_is_not_there_and_not_done(client, right: Right, whose) -> None:
    store, now = client.found.store, clock.now()
    if whose == "company":
        client_rights.save_company(store, "main", Rights(**{right: False}), by=ANA, now=now)
    else:
        client_rights.save_client(store, "main", "C1", {right: False}, by=ANA, now=now)
    page = client.page()
    if right == "download":
        assert "/download/" not in page
        for form in ("pdf", "xlsx"):
            assert client.browser.get(f"/download/{client.id}.{form}").status_code == 403
        return
    kinds = {"report": "payment", "promise": "promise", "dispute": "dispute", "comment": "comment"}
    for kind in KINDS:
        allowed = kind != kinds[right]
        assert (f"kind={kind}" in page) == allowed
        got = client.browser.get(f"/avisar?l={client.id}&kind={kind}")
        sent = client.send(kind, **PAID, reason="amount", text="x")
        assert got.status_code == (200 if allowed else 403)
        assert (sent.status_code == 403) != allowed
    assert kinds[right] not in {notice.kind for notice in client.said()}


# Uploads.


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("recibo.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("recibo.pdf", b"<!doctype html><script>alert(1)</script>"),
        ("recibo.pdf", b"\n%PDF-1.7 with something before it %%EOF"),
        ("recibo.pdf", b"%PDF-1.7 that never ends"),
        ("recibo.pdf", b"%PDF-1.7\n%%EOF\n" + archive()),
        ("recibo.png", archive()),
        ("recibo.png", bomb()),
        ("recibo.png", png()[:-30]),
        ("recibo.jpg", b"\xff\xd8\xff<?php system('id'); ?>"),
        ("recibo.gif", b"GIF89a/*" + b"\0" * 20 + b"*/=alert(1)"),
        ("recibo.exe", b"MZ" + b"\0" * 100),
        ("recibo.pdf", b""),
        ("recibo.png", png() + b"\0" * (10 << 20)),
    ],
    ids=["svg-script", "html-as-pdf", "pdf-behind-a-line", "cut-pdf", "archive-behind-a-pdf",
         "zip-bomb", "pixel-bomb", "cut-png", "php-as-jpg", "gif-script", "program", "empty",
         "more-than-10-mb"],
)  # fmt: skip
def test_what_is_no_proof_is_refused_beside_the_field(client, name, content) -> None:
    answer = client.send(file=(name, content, "image/png"), **PAID)
    assert answer.status_code == 400
    assert 'id="wrong-file"' in answer.text
    assert client.said() == []


def test_a_polyglot_loses_what_hid_behind_its_pixels(client: Client) -> None:
    hidden = b"<script>alert('hidden')</script>"
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(
        picture, "JPEG", comment=hidden, exif=b"Exif\0\0" + hidden
    )
    for name, content in (("a.png", png() + archive()), ("b.jpg", picture.getvalue() + hidden)):
        answer = client.send(file=(name, content, "text/html"), **PAID | {"reference": name})
        assert answer.status_code == 303
    for notice in client.said():
        kept = notices.proof(client.found.store, "main", notice.public_id, by=ANA)
        assert kept.media_type in ("image/png", "image/jpeg")
        assert b"script" not in kept.content
        assert b"PK\x03\x04" not in kept.content
        assert not zipfile.is_zipfile(io.BytesIO(kept.content))
        Image.open(io.BytesIO(kept.content)).load()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/cron.d/x.png", "x.png"),
        ("C:\\Windows\\recibo.exe", "recibo.png"),
        ("recibo.png\r\nX-Evil: 1.html", "recibo.pngX-Evil_ 1.png"),
        ("<img src=x onerror=alert(1)>.svg", "_img src=x onerror=alert(1)_.png"),
        ("..", "soporte.png"),
    ],
)
def test_a_path_in_the_name_is_no_path(client, sent, kept) -> None:
    boundary = "cartera"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (PAID | {"key": "key0000000000001", "document": MINE}).items()
    ]
    # Written by hand: a browser would have made the name harmless.
    quoted = sent.replace("\\", "\\\\").replace("\r\n", "%0D%0A")
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n\r\n'
    )
    body = "".join(parts).encode() + head.encode() + png() + f"\r\n--{boundary}--\r\n".encode()
    answer = client.browser.post(
        f"/avisar?l={client.id}&kind=payment",
        content=body,
        headers=HERE | {"content-type": f"multipart/form-data; boundary={boundary}"},
    )
    assert answer.status_code == 303
    (notice,) = client.said()
    assert notice.proof is not None
    found = notice.proof.name
    assert not set(found) & set('/\\<>:"\r\n')
    assert found.endswith(".png")
    if "%" not in quoted:
        assert found == kept
    assert SCRIPT not in client.page()


@pytest.mark.parametrize("declared", [True, False])
def test_a_form_of_more_than_11_mb_gets_a_friendly_page(client, declared) -> None:
    big = b"a" * (12 << 20)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    body = head + big + b"\r\n--x--\r\n"

    def pieces():
        for start in range(0, len(body), 1 << 20):
            yield body[start : start + (1 << 20)]

    answer = client.browser.post(
        f"/avisar?l={client.id}&kind=payment",
        content=body if declared else pieces(),
        headers=HERE | {"content-type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code == 413
    assert "demasiado grande" in answer.text
    assert client.said() == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\ngarbage"),
        ("application/json", b'{"text": "x"}'),
        ("application/x-www-form-urlencoded", b"&".join(b"document=%d" % n for n in range(3000))),
        ("text/plain", b"\xff\xfe\0"),
    ],
)
def test_what_is_no_form_gets_the_form(client, content_type, body) -> None:
    answer = client.browser.post(
        f"/avisar?l={client.id}&kind=comment", content=body,
        headers=HERE | {"content-type": content_type},
    )  # fmt: skip
    assert answer.status_code == 400
    assert "<form" in answer.text
    assert client.said() == []


# Stored scripts, guesses, cookies, floods.


def test_a_stored_script_is_shown_as_text_wherever_it_was_written(client: Client) -> None:
    client.send("comment", document=[], text=SCRIPT)
    client.send("dispute", reason="other", text=SCRIPT)
    client.send(**PAID | {"reference": SCRIPT[:70], "text": SCRIPT})
    client.send("promise", day="2026-11-30", text=SCRIPT)
    assert len(client.said()) == 4
    for notice in client.said():
        notices.answer(
            client.found.store, "main", notice.public_id, SCRIPT, by=ANA, now=clock.now()
        )
    for page in (client.page(), client.send(**PAID | {"amount": SCRIPT, "text": SCRIPT}).text):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_a_cookie_replayed_after_revocation_does_nothing(client: Client) -> None:
    client.send("comment", document=[], text="uno")
    links.revoke(client.found.store, "main", client.id, ANA, clock.now())
    assert client.browser.cookies.get(access.COOKIE_PREFIX + client.id) == client.new.token
    (notice,) = client.said()
    where = f"/avisar/retirar?l={client.id}&notice={notice.public_id}"
    got = client.browser.get(f"/avisar?l={client.id}&kind=comment")
    answers = [got, client.send("comment", document=[], text="dos"),
               client.browser.post(where, headers=HERE)]  # fmt: skip
    assert [answer.status_code for answer in answers] == [410, 410, 410]
    assert [(one.text, one.state) for one in client.said()] == [("uno", "open")]


def test_a_token_is_guessed_no_sooner_than_another(found: Services, browser: TestClient) -> None:
    """The same statements for a guess that is near and one that is far: nothing to time."""
    new = links.create(
        found.store, company_id="main", client_id="C1", days=30, by=ANA, now=clock.now()
    )
    seen: list[list[str]] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen[-1].append(statement)

    event.listen(found.store.engine, "before_cursor_execute", note)
    near, far = new.token[:-1] + ("A" if new.token[-1] != "A" else "B"), "x" * len(new.token)
    answers = []
    for guess in (near, far):
        seen.append([])
        answers.append(browser.get(f"/e/{guess}"))
    event.remove(found.store.engine, "before_cursor_execute", note)
    assert seen[0] == seen[1]
    assert answers[0].status_code == answers[1].status_code == 404
    assert answers[0].text == answers[1].text


@pytest.mark.usefixtures("within_a_minute")
def test_a_flood_of_forms_meets_a_friendly_page(client: Client) -> None:
    codes = [client.send("comment", document=[], text=f"n {n}").status_code for n in range(62)]
    # Forty notices a day, then words; sixty forms an hour, then no more are read.
    assert codes == [303] * 40 + [400] * 20 + [429] * 2
    assert len(client.said()) == 40
    last = client.send("comment", document=[], text="más")
    assert "Demasiados intentos" in last.text
    assert last.headers["Retry-After"]


def test_what_the_page_writes_is_one_notice_and_its_trace(client: Client) -> None:
    """No mail and no payment come of a form by itself."""
    client.send(file=("a.png", png(), ""), **PAID)
    with client.found.store.read() as connection:
        for table in ("messages", "own_payments"):
            assert connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar() == 0


def test_an_expired_link_writes_nothing(found: Services, browser: TestClient) -> None:
    client = Client(found, browser)
    with found.store.write() as connection:
        connection.execute(sa.text("UPDATE links SET expires_at = :t"),
                           {"t": clock.now() - timedelta(days=1)})  # fmt: skip
    answer = client.send("comment", document=[], text="x")
    assert answer.status_code == 410
    assert 'action="/renovar' in answer.text
    assert client.said() == []
