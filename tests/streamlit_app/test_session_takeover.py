"""What Streamlit leaves open, against the real server: sessions, media, uploads, origins."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from cartera.store.links import NewLink
from streamlit_app.client.access import COOKIE_PREFIX
from tests.sample_home import SampleHome, empty, serving


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> SampleHome:
    return empty(tmp_path_factory.mktemp("takeover"))


@pytest.fixture(scope="module")
def url(home: SampleHome) -> Iterator[str]:
    with serving("client", home) as address:
        yield address


def cookie(new: NewLink) -> str:
    return f"{COOKIE_PREFIX}{new.link.public_id}={new.token}"


def socket(url: str, cookies: str, *, session: str = "", **headers: str) -> ClientConnection:
    """A websocket as Streamlit's page opens it; `session` asks to go on with that one."""
    protocols = ["streamlit", "xsrf", session] if session else ["streamlit"]
    origin = headers.pop("Origin", url)
    return connect(
        f"ws{url.removeprefix('http')}/_stcore/stream",
        subprotocols=protocols,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookies, **headers},
        origin=origin,  # type: ignore[arg-type]
        max_size=None,
    )


def session_of(connection: ClientConnection) -> str:
    """The id of the session that answers."""
    ask = BackMsg()
    ask.rerun_script.query_string = ""
    connection.send(ask.SerializeToString())
    while True:
        message = ForwardMsg()
        received = connection.recv(timeout=20)
        assert isinstance(received, bytes)
        message.ParseFromString(received)
        if message.WhichOneof("type") == "new_session":
            return str(message.new_session.initialize.session_id)


def test_nobody_goes_on_with_another_ones_session(home: SampleHome, url: str) -> None:
    victim, thief = home.link("C1"), home.link("C2")
    with socket(url, cookie(victim)) as connection:
        mine = session_of(connection)
    with socket(url, cookie(victim), session=mine) as connection:
        assert session_of(connection) == mine  # its owner does, after a tunnel
    for forged in ({}, {"X-Cartera-Session": "anything"}):
        with socket(url, cookie(thief), session=mine, **forged) as connection:
            assert session_of(connection) != mine


def test_a_websocket_needs_a_live_link_and_this_very_host(home: SampleHome, url: str) -> None:
    live, closed = home.link("C1"), home.link("C1")
    home.revoke(closed)
    for cookies, origin in (
        ("", url),
        (cookie(closed), url),
        (cookie(live), "https://evil.example"),
        (cookie(live), "http://localhost"),
    ):
        with pytest.raises(InvalidStatus, match="403"):
            socket(url, cookies, Origin=origin)


def test_media_uploads_and_streamlits_other_doors_are_shut(home: SampleHome, url: str) -> None:
    new = home.link("C1")
    with socket(url, cookie(new)) as connection:
        session = session_of(connection)
        with httpx.Client(base_url=url, headers={"cookie": cookie(new)}) as browser:
            upload = browser.put(f"/_stcore/upload_file/{session}/1", content=b"x" * 1000)
            assert upload.status_code == 404
            for path in ("/media/x.pdf", "/_stcore/metrics", "/_stcore/agent/openapi.json"):
                assert browser.get(path).status_code == 404
            assert browser.post("/", headers={"origin": "https://evil.example"}).status_code == 403
