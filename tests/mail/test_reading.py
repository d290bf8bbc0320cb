"""What was sent is read back as its reader saw it; what is broken is shown as well as it goes."""

from __future__ import annotations

from email.message import EmailMessage

from cartera.mail import reading


def letter() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Estado de cuenta — Ñandú S.A.S."
    message["To"] = "Compras <compras@nandu.co>"
    message.set_content("Hola, señora Núñez\n")
    message.add_alternative('<p>Hola</p><img src="cid:logo@cartera">', subtype="html")
    html = message.get_payload()[1]
    html.add_related(b"\x89PNG", "image", "png", cid="<logo@cartera>")
    message.add_attachment(b"%PDF-1.7", "application", "pdf", filename="estado de cuenta ñ.pdf")
    message.add_attachment("a,b\n", "csv", filename="notas.csv")
    return message


def test_a_message_comes_back_whole() -> None:
    found = reading.read(letter().as_bytes())
    assert found.subject == "Estado de cuenta — Ñandú S.A.S."
    assert found.header("to") == "Compras <compras@nandu.co>"
    assert found.text == "Hola, señora Núñez\n"
    assert found.html.startswith("<p>Hola</p>")
    assert [(f.name, f.media_type) for f in found.files] == [
        ("estado de cuenta ñ.pdf", "application/pdf"),
        ("notas.csv", "text/csv"),
    ]
    assert found.files[0].content == b"%PDF-1.7"
    picture = next(part for part in found.parts if part.content_id)
    assert (picture.content_id, picture.content) == ("logo@cartera", b"\x89PNG")


def test_a_broken_message_is_still_shown() -> None:
    raw = (
        b"Subject: =?nowhere-1?Q?=E1?=\r\nX-Odd: a\x07b\r\n"
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/plain; charset=nowhere-1\r\n\r\nhola \xf1\r\n"
        b"--x\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n"
    )
    found = reading.read(raw)
    assert found.text.startswith("hola ")
    assert "\x07" not in found.header("x-odd")
    assert [f.name for f in found.files] == [reading.NAMELESS]
    assert reading.read(b"").parts == ()
