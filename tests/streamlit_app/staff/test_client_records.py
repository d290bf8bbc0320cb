"""Making and editing clients and contacts on the staff pages, over a small lake and its store."""

from __future__ import annotations

import pytest

from cartera import clock
from cartera.cli.data import refresh as refresh_command
from cartera.store import client_edits, contacts, stopped
from cartera.store.db import Store
from tests.people import ANA
from tests.streamlit_app.test_staff_pages import (  # noqa: F401  # fixtures
    Enter,
    books,
    button,
    draw,
    enter,
    found,
    html,
)


@pytest.fixture
def store(found, enter) -> Store:  # noqa: F811
    enter()
    return found.store


def write(page, label: str, text: str):
    next(one for one in [*page.text_input, *page.text_area] if one.label == label).input(text)
    return page


def errors(page) -> str:
    assert not page.exception
    return " ".join(one.value for one in page.error)


def of(store, client_id, emails=()):
    asked = {client_id: (emails, "")}
    return {one.address: one for one in contacts.contacts_of(store, "main", asked)[client_id]}


@pytest.mark.full
def test_a_client_is_made_and_is_on_every_page_after_a_refresh(store):
    page = draw("/clientes", new="1")
    write(page, "Nombre", "Herrajes del Sur")
    write(page, "NIT", "901.222.333-4")
    write(page, "Cupo de crédito", "$ 2.500.000")
    write(page, "Correos, separados por comas", "pagos@sur.example, gerencia@sur.example")
    page = button(page, "Crear cliente")
    assert errors(page) == ""
    made = client_edits.get(store, "main", "9012223334")
    assert made.fields["credit_limit"] == "2500000"
    assert set(of(store, "9012223334")) == {"pagos@sur.example", "gerencia@sur.example"}
    # Before the pipeline carried it over: announced, and its own page already stands.
    assert "Agregando a la lista" in html(draw("/clientes"))
    page = html(draw("/cliente", client="9012223334"))
    assert "Herrajes del Sur" in page
    assert "Creado a mano" in page
    refresh_command(full=False)
    assert "Agregando a la lista" not in html(draw("/clientes"))
    assert "Herrajes del Sur" in html(draw("/clientes", text="herrajes"))
    # Another one of the same tax id is refused.
    page = write(write(draw("/clientes", new="1"), "Nombre", "Otra"), "NIT", "9012223334")
    assert "ya existe un cliente 9012223334" in errors(button(page, "Crear cliente")).replace(
        "\\", ""
    ).replace("Ya", "ya")


@pytest.mark.parametrize(
    ("label", "text", "said"),
    [
        ("Nombre", "", "El cliente necesita un nombre"),
        ("Cupo de crédito", "mucho", "Mucho no es un valor"),
        ("Correos, separados por comas", "pedro", "Pedro no es una dirección"),
        ("NIT", "", "Escriba un código o un NIT"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(store, label, text, said):
    before = len(client_edits.every(store))
    page = draw("/clientes", new="1")
    for name, value in (("Nombre", "Nueva"), ("NIT", "111"), (label, text)):
        write(page, name, value)
    page = button(page, "Crear cliente")
    assert said in errors(page).replace("\\", "")
    assert len(client_edits.every(store)) == before


def test_an_edit_shows_at_once_and_can_be_undone(store):
    page = write(draw("/cliente", client="C2", edit="1"), "Teléfono", "310 555 0000")
    assert errors(button(page, "Guardar")) == ""
    assert client_edits.get(store, "main", "C2").fields == {"phone": "310 555 0000"}
    page = html(draw("/cliente", client="C2"))
    assert "310 555 0000" in page
    assert "Editado" in page
    assert errors(button(draw("/cliente", client="C2", edit="1"), "Volver al archivo")) == ""
    assert client_edits.get(store, "main", "C2").fields == {}


def test_a_contact_is_edited_removed_and_brought_back(store):
    file = ["pagos@tornillo.example"]
    page = draw("/cliente", client="C1", contact=file[0])
    write(page, "Nombre completo", "Ana Ruiz")
    next(one for one in page.checkbox if one.label == "Recordatorio").uncheck()
    assert errors(button(page, "Guardar")) == ""
    ana = of(store, "C1", file)[file[0]]
    assert (ana.name, ana.origin, ana.wants("reminder")) == ("Ana Ruiz", "edited", False)
    assert "Ana Ruiz" in html(draw("/cliente", client="C1"))
    button(draw("/cliente", client="C1", contact=file[0]), "Quitar contacto")
    assert of(store, "C1", file) == {}
    assert "Quitados:" in html(draw("/cliente", client="C1"))
    button(draw("/cliente", client="C1", removed=file[0]), "Recuperar")
    button(draw("/cliente", client="C1", contact=file[0]), "Deshacer los cambios")
    assert of(store, "C1", file)[file[0]].origin == "file"


def test_a_new_contact_is_checked(store):
    page = write(draw("/cliente", client="C2", contact="new"), "Correo", "pedro@")
    assert "no es una dirección" in errors(button(page, "Guardar"))
    assert of(store, "C2") == {}


def test_a_stopped_address_is_shown_and_can_be_resumed(store):
    address = "dead@tornillo.example"
    now = clock.now()
    contacts.save(store, "main", "C1", address, by=ANA, now=now)
    with store.write() as connection:
        stopped.mark_dead(
            connection, store, "main", address, detail="5.1.1", message_id=None, now=now
        )
    assert "El correo ya no existe" in html(draw("/cliente", client="C1"))
    page = draw("/cliente", client="C1", contact=address)
    assert errors(button(page, "Volver a enviar a este correo")) == ""
    assert stopped.stopped(store, "main", [address]) == {}


def test_a_reader_sees_contacts_and_changes_nothing(store, enter):  # noqa: F811
    enter("reader")
    page = html(draw("/cliente", client="C1"))
    assert "pagos@tornillo.example" in page
    assert "Nuevo contacto" not in page
    assert "Nuevo cliente" not in html(draw("/clientes"))
    for path, query in (
        ("/clientes", {"new": "1"}),
        ("/cliente", {"client": "C1", "edit": "1"}),
        ("/cliente", {"client": "C1", "contact": "new"}),
    ):
        page = draw(path, **query)
        assert "Su rol no permite" in errors(page)
        assert not page.text_input


def test_what_files_say_is_escaped(store):
    client_edits.save(
        store, "main", "C2", {"name": "<script>alert(1)</script>", "notes": "<b onclick=x>"},
        shown={}, by=ANA, now=clock.now(),
    )  # fmt: skip
    page = html(draw("/cliente", client="C2"))
    assert "<script>" not in page
    assert "<b onclick" not in page
