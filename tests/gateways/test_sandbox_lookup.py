"""Whatever listens where the simulation should: what it answers is read as strictly as a bank's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cartera.gateways.base import Refused, Unreachable
from cartera.gateways.sandbox import Sandbox, of
from tests.gateways.serving import serving
from tests.gateways.test_sandbox_events import TRANSACTION
from tests.ports import free_port
from tests.sandbox.machine import keys

OURS = TRANSACTION["reference"]


class Anything:
    """A server that answers one thing."""

    answer: Response = Response(status_code=500)

    async def __call__(self, _request: object) -> Response:
        return self.answer


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Anything, str]]:
    anything = Anything()

    async def answer(request: object) -> Response:
        return await anything(request)

    routes = [Route("/{path:path}", answer, methods=["GET", "POST"])]
    with serving(Starlette(routes=routes)) as url:
        yield anything, url


def sandbox(url: str) -> Sandbox:
    values = {k.removeprefix("CARTERA_"): SecretStr(v) for k, v in keys(url).items()}
    return of("acme", values)


def data(**changed: Any) -> Response:
    return JSONResponse({"data": TRANSACTION | changed})


def test_ours_and_somebody_else_s(served: tuple[Anything, str]) -> None:
    anything, url = served
    anything.answer = data()
    found = sandbox(url).look_up(OURS)
    assert found is not None and found.stand == "approved"
    anything.answer = data(reference="ANOTHER")
    assert sandbox(url).look_up(OURS) is None
    anything.answer = JSONResponse({"error": "not_found"}, 404)
    assert sandbox(url).look_up(OURS) is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Response(status_code=500), Unreachable), (HTMLResponse("<p>hi"), Unreachable),
        (RedirectResponse("http://127.0.0.1:1"), Unreachable), (JSONResponse([]), Unreachable),
        (JSONResponse({}), Unreachable), (JSONResponse({"data": 5}), Unreachable),
        (data(status="PAID"), Unreachable), (data(status=["APPROVED"]), Unreachable),
        (data(amount="NaN"), Unreachable), (data(amount=[]), Unreachable),
        (data(refunded="x"), Unreachable), (data(refunded="Infinity"), Unreachable),
        (data(id="../x"), Unreachable),
        (Response(status_code=401), Refused), (Response(status_code=400), Refused),
    ],
)  # fmt: skip
def test_nonsense(served: tuple[Anything, str], answer: Response, kind: type[Exception]) -> None:
    anything, url = served
    anything.answer = answer
    with pytest.raises(kind):
        sandbox(url).look_up(OURS)
    assert not sandbox(url).check().is_good


def test_it_ends_only_what_it_says_that_it_ended(served: tuple[Anything, str]) -> None:
    anything, url = served
    for said, is_closed in {"true": True, "false": False, '"true"': False, "1": False}.items():
        anything.answer = Response(f'{{"closed": {said}}}')
        assert sandbox(url).close(OURS, "") is is_closed


def test_nobody_listens() -> None:
    away = sandbox(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unreachable):
        away.look_up(OURS)
    with pytest.raises(Unreachable):
        away.close(OURS, "")
    assert "cartera sandbox" in away.check().text
