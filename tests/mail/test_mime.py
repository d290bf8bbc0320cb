"""Messages as MIME, read back by a parser of their own."""

from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default

import pytest

from cartera.mail import mime
from cartera.mail.outgoing import Attachment, Composed
from tests.mail.orders import make_composed

PDF = Attachment("Estado de cuenta Ferretería Ñandú.pdf", "application/pdf", b"%PDF-1.7 \xff\x00")
LOGO = Attachment("logo.png", "image/png", b"\x89PNG", "abc@logo.cartera")
HEADERS = {"Message-ID": "<m1@nandu.example>", "List-Unsubscribe": "<https://x.co/baja/1>"}


def wire(composed: Composed, **changes: object) -> tuple[bytes, EmailMessage]:
    given = {
        "sender": mime.address_header("cartera@nandu.example", "Distribuidora Ñandú, S.A.S."),
        "to": mime.address_header("pagos@condor.example", "Marta"),
        "headers": HEADERS,
    }
    content = mime.to_bytes(composed, **(given | changes))  # type: ignore[arg-type]
    return content, message_from_bytes(content, policy=default)  # type: ignore[return-value]


def said(part: MIMEPart | None) -> str:
    """A text as it was before it went on the wire."""
    assert part is not None
    return part.get_content().replace("\r\n", "\n").rstrip("\n") + "\n"


def test_both_texts_arrive_as_they_were():
    composed = make_composed()
    _, read = wire(composed)
    assert read.get_content_type() == "multipart/alternative"
    assert said(read.get_body(("plain",))) == composed.text
    assert said(read.get_body(("html",))).strip() == composed.html.strip()
    assert read["Subject"] == composed.subject
    assert read["From"] == '"Distribuidora Ñandú, S.A.S." <cartera@nandu.example>'
    assert read["Message-ID"] == "<m1@nandu.example>"
    assert not read.defects


def test_files_go_along_with_their_names_and_bytes():
    _, read = wire(make_composed(PDF, LOGO))
    assert read.get_content_type() == "multipart/mixed"
    (attached,) = read.iter_attachments()
    assert attached.get_filename() == PDF.name
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content() == PDF.content
    html = read.get_body(("related", "html"))
    assert html is not None and html.get_content_type() == "multipart/related"
    images = [part for part in read.walk() if part["Content-ID"]]
    assert [part["Content-ID"] for part in images] == ["<abc@logo.cartera>"]
    assert images[0].get_content() == LOGO.content
    assert "Cordial saludo" in said(read.get_body(("plain",)))


def test_every_server_can_take_it():
    content, _ = wire(make_composed(PDF, LOGO))
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    content.decode("ascii")


def test_lines_that_look_like_ends_of_mails_stay_text():
    composed = make_composed(
        content={"body": "<p>.<br>From aquí<br>" + "x" * 3000 + "</p>", "statement": False}
    )
    assert "\n.\nFrom" not in composed.text  # the body's first line is the dot
    _, read = wire(composed)
    assert said(read.get_body(("plain",))) == composed.text


@pytest.mark.parametrize("name", ["List-Unsubscribe", "Reply-To", "X-Cartera-Message"])
def test_no_header_grows_another_one(name: str):
    with pytest.raises(ValueError):
        wire(make_composed(), headers={name: "a@b.co\r\nBcc: x@y.co"})


def test_names_of_people_make_no_header():
    name = 'Ana\r\nBcc: x@y.co, "<x@y.co>" \u202e'
    content, read = wire(make_composed(), to=mime.address_header("a@b.co", name))
    assert read["Bcc"] is None
    assert b"\r\nBcc:" not in content
    assert [str(a.addr_spec) for a in read["To"].addresses] == ["a@b.co"]


def test_names_of_files_make_no_header():
    file = Attachment('a"\r\nBcc: x@y.co.pdf', "application/pdf", b"%PDF-")
    try:
        content, read = wire(make_composed(file))
    except ValueError:
        return
    assert read["Bcc"] is None
    assert b"\r\nBcc:" not in content


def test_a_subject_of_any_letters_arrives():
    composed = make_composed(content={"subject": "Señor Ñañez 日本語 👩‍👩‍👧 {saldo} " + "á" * 150})
    _, read = wire(composed)
    assert read["Subject"] == composed.subject
