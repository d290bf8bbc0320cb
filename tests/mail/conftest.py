from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cartera.config import Settings
from tests.mail.desk import Desk
from tests.mail.servers import Post, mail_server
from tests.stores import new_store


@pytest.fixture(scope="module", params=[False, True], ids=["one by one", "together"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[int, Post]]:
    with mail_server(post=Post(together=request.param)) as running:
        yield running


@pytest.fixture
def desk(server: tuple[int, Post], tmp_path: Path) -> Iterator[Desk]:
    port, post = server
    post.taken.clear()
    post.asked.clear()
    settings = Settings(
        home=tmp_path / "home", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none"
    )
    store = new_store(settings)
    desk = Desk(settings, store, post)
    desk.save(email="cartera@empresa.co", name="Empresa Ejemplar S.A.S.", per_minute=60_000)
    yield desk
    store.close()
