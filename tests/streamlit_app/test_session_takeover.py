"""What Streamlit leaves open, against the real server: sessions, media, uploads, origins."""

from __future__ import annotations

import httpx
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from cartera.store.links import NewLink
from streamlit_app.client.access import COOKIE_PREFIX
from tests.sample_home import SampleHome

pytestmark = pytest.mark.full


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


def test_nobody_goes_on_with_another_ones_session(sample: SampleHome, client_url: str) -> None:
    victim, thief = sample.link("C1"), sample.link("C2")
    with socket(client_url, cookie(victim)) as connection:
        mine = session_of(connection)
    with socket(client_url, cookie(victim), session=mine) as connection:
        assert session_of(connection) == mine  # its owner does, after a tunnel
    for forged in ({}, {"X-Cartera-Session": "anything"}):
        with socket(client_url, cookie(thief), session=mine, **forged) as connection:
            assert session_of(connection) != mine


def test_a_websocket_needs_a_live_link_and_this_very_host(
    sample: SampleHome, client_url: str
) -> None:
    live, closed = sample.link("C1"), sample.link("C1")
    sample.revoke(closed)
    for cookies, origin in (
        ("", client_url),
        (cookie(closed), client_url),
        (cookie(live), "https://evil.example"),
        (cookie(live), "http://localhost"),
    ):
        with pytest.raises(InvalidStatus, match="403"):
            socket(client_url, cookies, Origin=origin)


def test_media_uploads_and_streamlits_other_doors_are_shut(
    sample: SampleHome, client_url: str
) -> None:
    new = sample.link("C1")
    with socket(client_url, cookie(new)) as connection:
        session = session_of(connection)
        with httpx.Client(base_url=client_url, headers={"cookie": cookie(new)}) as browser:
            upload = browser.put(f"/_stcore/upload_file/{session}/1", content=b"x" * 1000)
            assert upload.status_code == 404
            for path in ("/media/x.pdf", "/_stcore/metrics", "/_stcore/agent/openapi.json"):
                assert browser.get(path).status_code == 404
            assert browser.post("/", headers={"origin": "https://evil.example"}).status_code == 403
