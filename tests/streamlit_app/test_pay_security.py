"""What a stranger may try where clients pay: each attempt by name, each with a friendly end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from cartera import clock
from cartera.notices.rights import Rights
from cartera.online import events as taking
from cartera.online.terms import OnlinePayment
from cartera.people import operator
from cartera.store import client_rights, gateway_events, links, online_payments, pay_settings
from cartera.store.links import NewLink
from cartera.store.pay_settings import PaySettings
from streamlit_app.client import account, app, limits, pay_asking, paying
from streamlit_app.client import pay_events as events
from streamlit_app.shared import services as module
from streamlit_app.shared.gate import Gate
from tests.ledger.lakes import Lake
from tests.online import paper
from tests.online.test_netting import credit
from tests.online.tills import COMPANY, TOTALS, Till, documents
from tests.shared import made_once

HOST = "http://portal.test"
HERE = {"Sec-Fetch-Site": "same-origin"}
EVENTS = f"/pagos/eventos/{paper.NAME}/{COMPANY}"


def _two_clients(folder: Path) -> None:
    lake = Lake(folder)
    lake.load(documents("C1", TOTALS))
    lake.load(documents("C2", ["70"]))
    lake.refresh()
    lake.store.close()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    gateway = paper.install(monkeypatch, tmp_path / "paper")
    made = Till(tmp_path / "home", gateway, made_once("two-clients", _two_clients))
    monkeypatch.setenv("CARTERA_HOME", str(made.lake.settings.root))
    monkeypatch.setenv("CARTERA_TODAY", "2026-11-26")
    module.services.cache_clear()
    account.forget()
    limits.forget()
    yield made
    pay_asking.forget()
    module.services().store.close()
    module.services.cache_clear()
    made.store.close()


@pytest.fixture
def browser(shop: Till) -> TestClient:
    middleware = [Middleware(Gate, policy=app.policy(secure=False))]
    plain = Starlette(routes=app.routes(), middleware=middleware)
    return TestClient(plain, base_url=HOST, follow_redirects=False)


class Client:
    """Whoever holds a link, and their forms."""

    def __init__(self, shop: Till, browser: TestClient, client_id: str = "C1") -> None:
        self.shop, self.browser, self.client_id = shop, browser, client_id
        self.new: NewLink = links.create(
            shop.store, company_id=COMPANY, client_id=client_id, days=30, by=operator(COMPANY),
            now=clock.now(), contact="ana@cliente.co",
        )  # fmt: skip
        browser.get(f"/e/{self.new.token}")
        self.id = self.new.link.public_id

    def pay(
        self, *wanted: str, key: str = "a-key-of-the-form", amount: str = "", currency: str = "COP",
        headers: dict[str, str] = HERE, **more: str,
    ) -> httpx.Response:  # fmt: skip
        data = {"key": key, "document": list(wanted), "amount": amount, "gateway": paper.NAME}
        address = f"/pagar?l={self.id}&currency={currency}"
        return self.browser.post(address, data=data | more, headers=headers)

    def post(self, path: str, public_id: str, **more: str) -> httpx.Response:
        return self.browser.post(f"{path}?l={self.id}&p={public_id}", headers=HERE | more)

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.browser.get(path, params={"l": self.id, **query})

    @property
    def payments(self) -> list[OnlinePayment]:
        return online_payments.listed(self.shop.store, COMPANY, client_id=self.client_id)


@pytest.fixture
def client(shop: Till, browser: TestClient) -> Client:
    return Client(shop, browser)


def send(browser: TestClient, body: bytes, headers: dict[str, str], to: str = EVENTS) -> int:
    answer = browser.post(to, content=body, headers=headers)
    if to == EVENTS:
        assert answer.json() == {}
    return answer.status_code


# Paying, in short.


def test_what_is_chosen_is_paid_at_the_gateway_and_the_account_says_so(client: Client) -> None:
    form = client.get("/pagar", document="C1F1")
    assert re.findall(r'value="(C1F\d)"[^>]*checked', form.text) == ["C1F1"]
    answer = client.pay("C1F2", "C1F1")
    (begun,) = client.payments
    assert (begun.amount, begun.numbers) == (Decimal("150.50"), ("F1", "F2"))
    assert (begun.contact, begun.language) == ("ana@cliente.co", "es")
    assert answer.status_code == 303
    onward = client.browser.get(answer.headers["location"])
    assert onward.headers["refresh"] == f"0; url={begun.url}"
    assert "es una simulación" in onward.text.lower()
    client.shop.gateway.say(begun.reference, "approved", begun.amount)
    back = client.get("/pagar/vuelta", p=begun.public_id, id="paper-x")
    assert back.headers["location"] == f"/?l={client.id}&paid={begun.public_id}"
    page = client.browser.get(back.headers["location"]).text
    assert "Aprobado, por registrar" in page
    assert client.payments[0].said == "approved"


def test_the_same_form_again_is_the_same_payment(client: Client) -> None:
    first, again = client.pay("C1F1"), client.pay("C1F1")
    assert first.headers["location"] == again.headers["location"]
    assert len(client.payments) == 1


def test_nothing_ticked_is_nothing_and_never_all(client: Client) -> None:
    answer = client.pay()
    assert (answer.status_code, client.payments) == (400, [])
    assert "elija al menos un documento" in answer.text
    for what, said in (("chosen", "elija al menos un documento"), ("amount", "cuánto va a pagar")):
        assert said in client.pay(what=what).text
    assert client.pay(what="all").status_code == 303
    assert client.payments[0].amount == Decimal("350.50")


def test_nothing_is_chosen_beforehand_that_is_not_due(client: Client, shop: Till) -> None:
    form = client.get("/pagar").text
    assert re.findall(r'value="(\w+)" required checked', form) == ["overdue"]
    assert re.findall(r'value="(C1F\d)"[^>]*checked', form) == ["C1F1", "C1F2", "C1F3"]
    shop.lake.load([
        (table, dict(row, due_date="2026-12-01" if row["document_id"] == "C1F3" else "2026-11-26"))
        for table, row in documents("C1", TOTALS) if table == "documents"
    ])  # fmt: skip
    shop.publish()
    form = client.get("/pagar").text
    assert re.findall(r"<input[^>]* checked", form) == []
    named = client.get("/pagar", document="C1F3").text
    assert re.findall(r'value="(\w+)"[^>]* checked', named) == ["chosen", "C1F3"]
    assert client.pay(what="overdue").status_code == 400


def test_all_is_what_is_owed_and_says_so(client: Client, shop: Till) -> None:
    shop.lake.load([credit("N1", "120.50")])
    shop.publish()
    form = client.get("/pagar").text.replace("\xa0", " ")
    assert ">COP 230,00</b>" in form
    assert "3 documentos · COP 350,50 menos COP 120,50 a su favor" in form
    assert client.pay("C1F1", what="chosen").status_code == 400
    assert "su saldo a favor lo cubre" in client.pay("C1F1", what="chosen").text
    assert client.pay(what="all").status_code == 303
    (begun,) = client.payments
    assert (begun.amount, begun.netted) == (Decimal(230), Decimal("120.50"))
    onward = client.get("/pagar/ir", p=begun.public_id).text.replace("\xa0", " ")
    assert "F1, F2, F3. Al pagar se les aplican también COP 120,50 de su saldo a favor." in onward
    client.post("/pagar/terminar", begun.public_id)
    assert client.pay(what="all", gross="1", key="another-key-of-the-form").status_code == 303
    assert client.payments[0].amount == Decimal("350.50")


@pytest.mark.full
def test_money_in_favour_that_covers_all_is_said_instead_of_a_payment_of_zero(
    client: Client, shop: Till
) -> None:
    shop.lake.load([credit("N1", "400")])
    shop.publish()
    form = client.get("/pagar").text.replace("\xa0", " ")
    assert "No hay nada que pagar: los COP 400,00 a su favor cubren lo que debe." in form
    assert "required checked" not in form
    answer = client.pay(what="all")
    assert (answer.status_code, client.payments) == (400, [])
    assert "no hay nada que pagar" in answer.text


@pytest.mark.full
def test_what_is_disputed_is_left_out_and_that_is_said(client: Client, shop: Till) -> None:
    shop.lake.load([
        (table, dict(row, disputed="true")) for table, row in documents("C1", TOTALS)
        if row.get("document_id") == "C1F2"
    ])  # fmt: skip
    shop.publish()
    form = client.get("/pagar").text
    assert "Sin lo que está en disputa: F2." in form
    assert client.pay(what="all").status_code == 303
    assert client.payments[0].numbers == ("F1", "F3")
    assert client.pay("C1F2", what="chosen", key="another-key-of-the-form").status_code == 303


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("cien", "cien"), ("-5", "-5"), ("19,99", "lo mínimo que se puede pagar es 20,00 COP"),
        ("350,51", "es más que los 350,50 COP"), ("1e9", "1e9"), ("0", "mínimo"),
    ],
)  # fmt: skip
def test_amounts_that_cannot_be_are_said_beside_the_form(
    client: Client, amount: str, said: str
) -> None:
    answer = client.pay(amount=amount)
    assert (answer.status_code, client.payments) == (400, [])
    assert said in answer.text
    assert f'value="{amount}"' in answer.text


def test_what_is_typed_is_shown_as_text(client: Client) -> None:
    answer = client.pay("<script>alert(1)</script>", amount='"><img src=x>')
    assert answer.status_code == 400
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text


# Another client's.


def test_another_client_s_document_is_as_unknown_as_one_that_never_was(client: Client) -> None:
    answers = [client.pay(one, key=f"key-of-the-form-{one}") for one in ("C2F1", "nothing")]
    assert [answer.status_code for answer in answers] == [400, 400]
    said = [re.search(r'role="alert">([^<]*)', answer.text)[1] for answer in answers]  # type: ignore[index]
    assert said[0] == said[1]
    assert client.payments == []
    assert 'value="C2F1"' not in client.get("/pagar", document="C2F1").text


def test_another_client_s_payment_does_not_exist(
    client: Client, shop: Till, browser: TestClient
) -> None:
    client.pay("C1F1")
    (mine,) = client.payments
    other = Client(shop, browser, "C2")
    for path in ("/pagar/seguir", "/pagar/terminar"):
        answer = other.post(path, mine.public_id)
        assert (answer.status_code, mine.url in answer.text) == (404, False)
    answer = other.get("/pagar/ir", p=mine.public_id)
    assert (answer.status_code, "refresh" in answer.headers) == (404, False)
    shop.gateway.say(mine.reference, "declined", mine.amount)
    back = other.get("/pagar/vuelta", p=mine.public_id)
    assert back.headers["location"] == f"/?l={other.id}"
    assert "Payment of" not in other.get("/", paid=mine.public_id).text
    assert mine.reference not in other.get("/", paid=mine.public_id).text
    assert client.payments == [mine]  # nobody asked, nobody ended it
    # The same key of another client's form is another payment.
    assert other.pay("C2F1").status_code == 303
    assert other.payments[0].reference != mine.reference


# The way back proves nothing.


@pytest.mark.parametrize(
    "forged",
    [
        {"id": "paper-other", "env": "sandbox", "status": "APPROVED"},
        {"id": "../../x", "transaction_status": "APPROVED", "amount": "1"},
        {"id": "x" * 5000},
        {"id": "\u202e\r\nSet-Cookie: a=b"},
    ],
)
def test_a_forged_return_changes_nothing(client: Client, forged: dict[str, str]) -> None:
    client.pay("C1F1")
    (begun,) = client.payments
    for public_id in (begun.public_id, "0" * 16, "'; DROP TABLE online_payments"):
        assert client.get("/pagar/vuelta", p=public_id, **forged).status_code == 303
    (now,) = client.payments
    assert (now.state, now.said, now.is_settled) == ("pending", "", True)
    assert "Aprobado" not in client.get("/", paid=begun.public_id).text


def test_the_way_back_without_a_link_says_that_it_is_being_checked(
    client: Client, browser: TestClient
) -> None:
    client.pay("C1F1")
    browser.cookies.clear()
    answer = client.get("/pagar/vuelta", p=client.payments[0].public_id)
    assert answer.status_code == 404
    assert "Estamos verificando su pago" in answer.text
    assert client.payments[0].asks == 0


def test_looking_changes_nothing(client: Client) -> None:
    client.pay("C1F1")
    before = client.payments
    for path in ("/pagar", "/pagar/ir", "/"):
        assert client.get(path, p=before[0].public_id).status_code == 200
    for path in ("/pagar/seguir", "/pagar/terminar"):
        assert client.get(path, p=before[0].public_id).status_code == 405
    assert client.payments == before


# Taken.


def test_what_is_being_paid_is_answered_with_that_payment(client: Client) -> None:
    client.pay("C1F1")
    (begun,) = client.payments
    answer = client.pay("C1F1", "C1F2", key="another-key-of-the-form")
    assert answer.status_code == 409
    assert "Es de F1, por COP 100,00" in answer.text.replace("\xa0", " ")
    assert f"/pagar/ir?l={client.id}&amp;p={begun.public_id}" in answer.text
    assert client.post("/pagar/terminar", begun.public_id).status_code == 303
    assert client.payments[0].state == "closed"
    assert client.pay("C1F1", "C1F2", key="another-key-of-the-form").status_code == 303


def test_a_payment_that_somebody_made_is_not_ended(client: Client, shop: Till) -> None:
    client.pay("C1F1")
    (begun,) = client.payments
    shop.gateway.say(begun.reference, "approved", begun.amount)
    answer = client.post("/pagar/terminar", begun.public_id)
    assert (answer.status_code, client.payments[0].state) == (409, "pending")
    assert "ya no se puede terminar" in answer.text


def test_a_gateway_that_does_not_answer_takes_nothing(client: Client, shop: Till) -> None:
    shop.gateway.is_down(True)
    answer = client.pay("C1F1")
    assert answer.status_code == 503
    assert "No se cobró nada" in answer.text
    assert client.payments[0].state == "error"
    shop.gateway.is_down(False)
    assert client.pay("C1F1", key="another-key-of-the-form").status_code == 303
    shop.gateway.is_down(True)
    begun = client.payments[0]
    assert client.post("/pagar/terminar", begun.public_id).status_code == 503
    assert client.get("/pagar/vuelta", p=begun.public_id).status_code == 303
    assert client.payments[0].state == "pending"


def test_one_that_was_cut_off_before_its_address_came_goes_on(client: Client, shop: Till) -> None:
    client.pay("C1F1")
    (begun,) = client.payments
    with shop.store.write() as connection:
        connection.exec_driver_sql("UPDATE online_payments SET url = '', gateway_id = ''")
    page = client.get("/pagar/ir", p=begun.public_id)
    assert (page.status_code, "refresh" in page.headers) == (200, False)
    answer = client.post("/pagar/seguir", begun.public_id)
    assert answer.headers["location"] == f"/pagar/ir?l={client.id}&p={begun.public_id}"
    assert client.payments[0].url == begun.url


# Rights, settings, links, other sites.


def test_a_client_who_may_not_pay_sees_no_button_and_gets_no_form(
    client: Client, shop: Till
) -> None:
    assert "/pagar?" in client.get("/").text
    client.pay("C1F1")
    (begun,) = client.payments
    for save in (
        lambda: client_rights.save_company(
            shop.store, COMPANY, Rights(pay=False), by=operator(COMPANY), now=clock.now()
        ),
        lambda: client_rights.save_client(
            shop.store, COMPANY, "C1", {"pay": False}, by=operator(COMPANY), now=clock.now()
        ),
    ):
        save()
        assert "/pagar?" not in client.get("/").text
        assert client.get("/pagar").status_code == 403
        assert client.pay("C1F2", key="another-key-of-the-form").status_code == 403
        assert client.get("/pagar/ir", p=begun.public_id).status_code == 403
    assert len(client.payments) == 1


def test_without_a_method_nothing_is_offered(client: Client, shop: Till) -> None:
    pay_settings.save(shop.store, COMPANY, PaySettings(), by=operator(COMPANY), now=clock.now())
    assert "/pagar?" not in client.get("/").text
    assert "no se puede pagar aquí" in client.get("/pagar").text
    assert client.pay("C1F1").status_code == 400
    assert client.payments == []


def test_a_currency_that_nobody_owes_falls_back_to_one_that_is_owed(client: Client) -> None:
    assert 'value="C1F1"' in client.get("/pagar", currency="<b>").text
    assert client.pay("C1F1", currency="USD").status_code == 400
    assert client.payments == []


def test_a_link_that_is_closed_meanwhile_pays_nothing(client: Client, shop: Till) -> None:
    client.pay("C1F1")
    (begun,) = client.payments
    links.revoke(shop.store, COMPANY, client.id, by=operator(COMPANY), now=clock.now())
    answers = [
        client.pay("C1F2", key="another-key-of-the-form"),
        client.post("/pagar/terminar", begun.public_id),
        client.post("/pagar/seguir", begun.public_id),
        client.get("/pagar/ir", p=begun.public_id),
    ]
    assert [answer.status_code for answer in answers] == [410] * 4
    assert client.payments == [begun]
    back = client.get("/pagar/vuelta", p=begun.public_id)
    assert "Estamos verificando su pago" in back.text


def test_another_site_s_page_pays_nothing(client: Client) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert client.pay("C1F1", headers=foreign).status_code == 403
    assert client.pay("C1F1", headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.payments == []
    client.pay("C1F1")
    for path in ("/pagar/terminar", "/pagar/seguir"):
        answer = client.post(path, client.payments[0].public_id, **foreign)
        assert answer.status_code == 403
    assert client.payments[0].state == "pending"


@pytest.mark.usefixtures("within_a_minute")
def test_forms_are_bounded_in_number_and_size(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = client.pay(*(f"D{n:0100}" for n in range(6000)))
    assert (many.status_code, client.payments) == (400, [])
    assert client.pay("C1F1", key="short").status_code == 400
    junk = client.browser.post(f"/pagar?l={client.id}", content=b"\xff\xfe=1", headers=HERE)
    assert junk.status_code == 400
    for _ in range(paying.SENT.amount):
        last = client.pay()
    assert last.status_code == 429
    assert last.headers["retry-after"] == "3600"
    assert "Demasiados intentos" in last.text
    assert client.post("/pagar/seguir", "x").status_code == 404


# What gateways send.


def test_an_event_is_kept_once_and_shows_at_once(
    client: Client, shop: Till, browser: TestClient
) -> None:
    client.pay("C1F1")
    (begun,) = client.payments
    shop.gateway.say(begun.reference, "approved", begun.amount)
    body, headers = paper.event("e1", begun.reference, stand="approved", amount="100")
    browser.cookies.clear()  # a gateway has none
    for _ in range(3):
        assert send(browser, body, headers) == 200
    pay_asking.forget()  # it waits for what was begun
    assert client.payments[0].said == "approved"
    kept = gateway_events.of_reference(shop.store, COMPANY, paper.NAME, begun.reference)
    assert [(one.state, one.amount) for one in kept] == [("new", Decimal(100))]


def test_what_is_forged_or_of_nobody_is_refused(
    client: Client, shop: Till, browser: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    client.pay("C1F1")
    (begun,) = client.payments
    shop.gateway.say(begun.reference, "approved", begun.amount)
    body, headers = paper.event("e1", begun.reference, secret="a person's data")
    assert send(browser, body, {}) == 400
    assert send(browser, body + b" ", headers) == 400
    assert send(browser, json.dumps({"key": "x"}).encode(), headers) == 400
    for to in ("/pagos/eventos/nothing/main", f"/pagos/eventos/{paper.NAME}/nobody",
               f"/pagos/eventos/{paper.NAME}/..%2f..", "/pagos/eventos/%00/main"):  # fmt: skip
        assert send(browser, body, headers, to) == 404
    assert browser.get(EVENTS).status_code == 405
    pay_asking.forget()
    assert client.payments == [begun]
    assert gateway_events.waiting(shop.store, clock.now()) == []
    assert "a person's data" not in caplog.text


@pytest.mark.usefixtures("within_a_minute")
@pytest.mark.full
def test_events_are_bounded_in_number_and_size(
    shop: Till, browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send(browser, b"x" * (taking.LARGEST + 1), {}) == 413

    def endless() -> Iterator[bytes]:  # says nothing of its length
        for _ in range(40):
            yield b"x" * 10_000

    assert browser.post(EVENTS, content=endless()).status_code == 413
    for _ in range(events.TAKEN.amount):
        last = send(browser, b"x", {})
    assert last == 429


@pytest.mark.usefixtures("within_a_minute")
def test_an_event_that_is_played_again_asks_the_gateway_no_more_than_so_often(
    client: Client, shop: Till, browser: TestClient
) -> None:
    client.pay("C1F1")
    (begun,) = client.payments
    body, headers = paper.event("e1", begun.reference, stand="approved", amount="100")
    for _ in range(60):
        assert send(browser, body, headers) == 200
    pay_asking.forget()
    assert client.payments[0].asks <= pay_asking.ASKED.amount
