"""Who may only look: every page of theirs without what changes something, drawn in this process."""

from __future__ import annotations

import re
import secrets

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from cartera import clock
from cartera.mail.outgoing import Content, Draft
from cartera.notices.terms import NoticeDocument, NoticeDraft, Proof
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import links, notices, outbox, pauses
from cartera.store.schema import messages
from tests.images import png
from tests.sample_home import SampleHome
from tests.streamlit_app.desks import TODAY
from tests.streamlit_app.staff.drawn import Pages, errors, windows
from tests.streamlit_app.test_staff_pages import HOME, html

REFUSED = "Su rol no permite hacer esto."


@pytest.fixture(autouse=True)
def reader(pages: Pages) -> None:
    pages.enter("reader")


def frame() -> str:
    """The first page with what stands around all of them."""
    return html(AppTest.from_file(str(HOME)).run(timeout=30))


def buttons(page: AppTest) -> set[str]:
    return {one.label for one in page.button}


def failed(home: SampleHome) -> tuple[str, str]:
    """A message that could not be delivered, and the list that has it alone."""
    content = Content("Cuenta de {cliente}", "<p>{saldo}</p>", ())
    key = secrets.token_hex(8)
    draft = Draft(
        key, "statement", PEDRO, f"{key}@example.com", "Pedro",
        is_periodic=True, content=content,
    )  # fmt: skip
    by = operator(COMPANY_ID)
    (made,) = outbox.queue(home.store, COMPANY_ID, [draft], by=by, now=clock.now())
    with home.store.write() as connection:
        which = messages.c.public_id == made
        connection.execute(sa.update(messages).where(which).values(state="failed", attempts=1))
    return made, f"/envios?state=problems&text={key}"


def test_clients_links_and_data(pages: Pages) -> None:
    page = pages.html(f"/cliente?client={PEDRO}")
    assert "Más acciones" in page
    assert "Crear enlace" not in page
    before = links.count_links(pages.home.store, COMPANY_ID)
    for address in (
        f"/cliente?client={PEDRO}&create=1",
        f"/enlaces?client={PEDRO}&revoke_all=1",
        f"/?client={PEDRO}&create=1",
    ):
        drawn = pages.open(address)
        assert REFUSED in errors(drawn), address
        assert windows(drawn) == 0
    assert links.count_links(pages.home.store, COMPANY_ID) == before
    assert 'type="file"' not in pages.html("/datos")
    drawn = pages.open("/usuarios")
    assert "Agregar usuario" not in html(drawn) + str(buttons(drawn))
    assert 'href="/usuarios"' not in frame()


@pytest.mark.full
def test_what_an_administrator_has_there(pages: Pages) -> None:
    """The same places: what a reader lacks is lacking, not only named otherwise."""
    pages.enter()
    assert "Crear enlace" in pages.html(f"/cliente?client={PEDRO}")
    assert windows(pages.open(f"/cliente?client={PEDRO}&create=1")) == 1
    assert 'type="file"' in pages.html("/datos")
    assert "Agregar usuario" in pages.html("/usuarios")
    assert 'href="/usuarios"' in frame()
    page = pages.html(f"/?client={PEDRO}")
    assert "Enviar estado de cuenta" in page
    assert 'class="mail"' in page
    assert windows(pages.open(f"/?client={PEDRO}&send=1")) == 1
    message, alone = failed(pages.home)
    page = pages.html(alone)
    assert "Reintentar" in page
    assert "Envío masivo" in page
    assert windows(pages.open(f"/envios?message={message}&retry={message}")) == 1
    notice = reported(pages.home)
    assert {"Aceptar el pago", "Rechazar el pago"} <= buttons(pages.open(notice))
    assert "Guardar" in buttons(pages.open("/recordatorios?view=rules"))
    for address in ("/recordatorios?view=pauses&pause=1", f"/cliente?client={PEDRO}&pause=1"):
        assert windows(pages.open(address)) == 1, address


def test_the_window_to_send(pages: Pages) -> None:
    page = pages.html(f"/?client={PEDRO}")
    assert "Enviar estado de cuenta" not in page
    assert 'class="mail"' not in page
    drawn = pages.open(f"/?client={PEDRO}&send=1")
    assert REFUSED in errors(drawn)
    assert windows(drawn) == 0


def test_what_was_sent(pages: Pages) -> None:
    message, alone = failed(pages.home)
    page = pages.html(alone)
    assert len(rows(page)) == 1
    assert "Reintentar" not in page
    assert "Envío masivo" not in page
    drawn = pages.open(f"/envios?message={message}&retry={message}")
    assert REFUSED in errors(drawn)
    assert windows(drawn) == 0
    assert outbox.get(pages.home.store, COMPANY_ID, message).state == "failed"


def rows(page: str) -> list[str]:
    """Lines of the list of messages."""
    table = re.search(r'<table class="[^"]*ct-mails[^"]*">(.*?)</table>', page, re.DOTALL)
    assert table is not None
    return re.findall(r"<tr[ >]", table[1].partition("<tbody")[2])


def reported(home: SampleHome) -> str:
    """Pedro says that he paid a document; its page."""
    open_now = home.reader().open_documents(
        COMPANY_ID, as_of=TODAY, client_id=PEDRO, currency="COP"
    )
    one = next(one for one in open_now.rows if one.open > 0)
    draft = NoticeDraft(
        "payment", key=secrets.token_hex(8), currency="COP", day=TODAY, method="transfer",
        documents=(NoticeDocument(one.document_id, one.number, one.open),), amount=one.open,
        proof=Proof("soporte.png", "image/png", png()),
    )  # fmt: skip
    link = home.link(PEDRO, contact="pedro@cliente.example.com").link
    made = notices.add(home.store, link, draft, language="es", now=clock.now())
    return f"/avisos?kind={made.kind}&notice={made.public_id}"


def test_what_a_client_tells(pages: Pages) -> None:
    drawn = pages.open(reported(pages.home))
    assert [one.value for one in drawn.info] == [REFUSED]
    assert not buttons(drawn) & {"Aceptar el pago", "Rechazar el pago"}
    assert "Descargar el soporte" in html(drawn)


def test_the_rules_of_reminders(pages: Pages) -> None:
    drawn = pages.open("/recordatorios?view=rules")
    assert "Primer recordatorio" in html(drawn) + str([one.value for one in drawn.markdown])
    assert "Guardar" not in buttons(drawn)
    for address in ("/recordatorios?view=pauses&pause=1", f"/cliente?client={PEDRO}&pause=1"):
        assert REFUSED in errors(pages.open(address)), address
    assert pauses.pauses(pages.home.store, COMPANY_ID) == []
