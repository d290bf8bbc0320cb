from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from streamlit_app.shared.gate import Gate, Policy

HOST = "http://portal.test"
LIVE = {"sid": "good"}


async def echo(request: Request) -> Response:
    response = JSONResponse(dict(request.headers))
    response.set_cookie("theirs", "1")
    response.headers["cache-control"] = "public"
    return response


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json(dict(websocket.headers))


def browser(*, cookies: dict[str, str] | None = None, secure: bool = False) -> TestClient:
    policy = Policy(
        open=("/door", "/static/*"),
        guarded=("/", "/files/*", "/_stcore/stream"),
        session=lambda held: "session-1" if held.get("sid") == "good" else None,
        refuse=lambda _request: PlainTextResponse("who are you?", 401),
        rights=(("/files/secret/*", "open secrets"),),
        may=lambda held, act: act == "open secrets" and held.get("role") == "owner",
        secure=secure,
    )
    app = Starlette(
        routes=[
            WebSocketRoute("/_stcore/stream", socket),
            Route("/{path:path}", echo, methods=["GET", "POST"]),
        ],
        middleware=[Middleware(Gate, policy=policy)],
    )
    return TestClient(app, base_url=HOST, cookies=cookies)


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/upload_file/a/b",
        "/_stcore/metrics",
        "/_stcore/agent/mcp",
        "/component/x/y.js",
        "/media/abc.pdf",
        "/anything",
        "/doors",
        "/static",
    ],
)
def test_what_no_list_names_does_not_exist_even_with_a_session(path: str) -> None:
    assert browser(cookies=LIVE).get(path).status_code == 404


def test_guarded_paths_need_a_session() -> None:
    for path in ("/", "/files/1.pdf"):
        assert browser().get(path).status_code == 401
        assert browser(cookies={"sid": "old"}).get(path).status_code == 401
        assert browser(cookies=LIVE).get(path).status_code == 200
    assert browser().get("/door").status_code == 200


def test_a_path_that_needs_a_right_is_shut_to_other_sessions() -> None:
    path = "/files/secret/1.pdf"
    assert browser().get(path).status_code == 401
    assert browser(cookies=LIVE).post(path).status_code == 403
    assert browser(cookies=LIVE | {"role": "owner"}).post(path).status_code == 200
    assert browser(cookies={"role": "owner"}).get(path).status_code == 401


def test_forged_headers_are_dropped() -> None:
    forged = {"X-Cartera-Session": "session-2", "x-cartera-Role": "admin", "X-Other": "kept"}
    seen = browser().get("/door", headers=forged).json()
    assert [name for name in seen if name.startswith("x-cartera")] == []
    assert seen["x-other"] == "kept"


@pytest.mark.parametrize("path", ["/door", "/", "/nowhere", "/static/none"])
def test_every_response_carries_the_headers(path: str) -> None:
    headers = browser().get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"].startswith("noindex")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


def test_only_static_files_may_be_kept() -> None:
    assert browser().get("/static/app.js").headers["cache-control"] == "public"
    assert browser().get("/door").headers.get_list("cache-control") == ["no-store"]


def test_other_peoples_cookies_become_secure_behind_https() -> None:
    assert browser(secure=True).get("/door").headers["set-cookie"].endswith("; Secure")
    assert "secure" not in browser().get("/door").headers["set-cookie"].lower()


async def failing(_request: Request) -> Response:
    raise RuntimeError("a secret of ours")


def test_what_fails_is_said_in_words_with_every_header(caplog: pytest.LogCaptureFixture) -> None:
    policy = Policy(
        open=("/e/*",),
        guarded=(),
        session=lambda _held: None,
        refuse=lambda _request: PlainTextResponse("no", 401),
        broken=lambda _request: PlainTextResponse("sorry", 500),
    )
    app = Starlette(
        routes=[Route("/e/{token}", failing)], middleware=[Middleware(Gate, policy=policy)]
    )
    answer = TestClient(app, base_url=HOST).get("/e/the-token")
    assert (answer.status_code, answer.text) == (500, "sorry")
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors" in answer.headers["content-security-policy"]
    assert "a secret of ours" in caplog.text  # for us
    assert "the-token" not in caplog.text  # for nobody


def connect(client: TestClient, **headers: str) -> dict[str, str]:
    with client.websocket_connect(
        "ws://portal.test/_stcore/stream", headers={"cookie": "sid=good", **headers}
    ) as connection:
        answer: dict[str, str] = connection.receive_json()
        return answer


def test_websocket_of_this_host_with_a_session_gets_the_trusted_header() -> None:
    seen = connect(browser(), origin=HOST, **{"x-cartera-session": "session-2"})
    assert seen["x-cartera-session"] == "session-1"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.test"},
        {"origin": "http://localhost"},
        {"origin": "http://portal.test.evil.test"},
        {"origin": "null"},
        {"origin": HOST, "cookie": "sid=old"},
    ],
)
def test_other_websockets_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(WebSocketDisconnect):
        connect(browser(), **headers)


def test_a_websocket_on_another_path_is_refused() -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        browser().websocket_connect(
            "ws://portal.test/door", headers={"cookie": "sid=good", "origin": HOST}
        ),
    ):
        pytest.fail("let in")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.test"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 200),
        ({"origin": "http://evil.test", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": HOST}, 200),
        ({}, 200),
    ],
)
def test_another_sites_page_cannot_write(headers: dict[str, str], status: int) -> None:
    assert browser().post("/door", headers=headers).status_code == status
