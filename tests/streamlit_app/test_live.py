"""The stream of an open page, from a real server over a real store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cartera import clock
from cartera.notices.terms import NoticeDraft
from cartera.people import operator
from cartera.store import links, notices
from cartera.store.links import NewLink
from streamlit_app.shared import live
from tests import loops
from tests.sample_home import SampleHome, empty, serving


@contextmanager
def listening(url: str, new: NewLink) -> Iterator[Iterator[tuple[str, str]]]:
    """Events of the page of a link, as a browser gets them."""
    with httpx.Client(base_url=url, timeout=20) as browser:
        assert browser.get(f"/e/{new.token}").status_code == 303
        with browser.stream("GET", f"/live?l={new.link.public_id}") as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            yield _events(answer.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data:"):
            yield name, line.removeprefix("data:").strip()


@pytest.mark.full
def test_it_names_the_figures_tells_when_they_move_and_when_the_link_is_over(
    sample: SampleHome, client_url: str
) -> None:
    new = sample.link("C1")
    with listening(client_url, new) as events:
        name, first = next(events)
        assert name == "version"
        assert first
        sample.publish_again()
        name, second = next(events)
        assert name == "version"
        assert second != first
        sample.revoke(new)
        assert next(events) == ("gone", "")
        assert list(events) == []  # and the stream ends


@pytest.mark.full
def test_a_link_that_ends_takes_no_other_page_with_it(sample: SampleHome, client_url: str) -> None:
    ended, other = sample.link("C1"), sample.link("C2")
    with listening(client_url, ended) as first, listening(client_url, other) as second:
        next(first)
        next(second)
        sample.revoke(ended)
        assert next(first) == ("gone", "")
        sample.publish_again()
        assert next(second)[0] == "version"


@pytest.mark.full
def test_a_decision_is_told_to_its_clients_pages_alone(sample: SampleHome, client_url: str) -> None:
    """Also one that moves no figure, such as a rejection or an answer."""
    mine, other = sample.link("C1"), sample.link("C2")
    company = mine.link.company_id
    by, now = operator(company), clock.now()
    with listening(client_url, mine) as first, listening(client_url, other) as second:
        names = {next(first), next(second)}
        draft = NoticeDraft("comment", "the-forms-own-key", text="Hola")
        made = notices.add(sample.store, mine.link, draft, language="es", now=now)
        names.add(next(first))
        notices.answer(sample.store, company, made.public_id, "Buenas", by=by, now=now)
        names.add(next(first))
        notices.decide(sample.store, company, made.public_id, "closed", by=by, now=now)
        names.add(next(first))
        assert len({version for _, version in names}) == 4  # both began alike
        sample.publish_again()
        assert next(second)[0] == "version"  # the first that it was told since


@pytest.mark.full
def test_an_expired_link_ends_the_stream_by_itself(sample: SampleHome, client_url: str) -> None:
    now = clock.now()
    new = sample.link("C1", days=1)
    with listening(client_url, new) as events:
        next(events)
        with sample.store.write() as connection:
            table = links.links
            connection.execute(
                table.update().where(table.c.public_id == new.link.public_id).values(expires_at=now)
            )
        assert next(events) == ("gone", "")


@pytest.mark.full
def test_strangers_cannot_listen(sample: SampleHome, client_url: str) -> None:
    mine, other = sample.link("C1"), sample.link("C2")
    with httpx.Client(base_url=client_url) as browser:
        for address in ("/live", f"/live?l={mine.link.public_id}", "/live?l="):
            assert browser.get(address).status_code in (403, 404)
        browser.get(f"/e/{mine.token}")
        for address in ("/live", f"/live?l={other.link.public_id}", "/live?l=x"):
            assert browser.get(address).status_code == 410


@pytest.mark.full
def test_the_server_ends_though_a_page_listens(sample: SampleHome) -> None:
    new = sample.link("C1")
    server = serving("client", sample)
    address = server.__enter__()
    with listening(address, new) as events:
        next(events)
        server.__exit__(None, None, None)  # waits for the process, and fails where it hangs
        assert list(events) == []


def test_a_burst_of_openings_is_counted_once_each(tmp_path: Path) -> None:
    from streamlit_app.client import opens
    from streamlit_app.shared import services as module

    home = empty(tmp_path)
    first, second = home.link("C1"), home.link("C2")
    module.services.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARTERA_HOME", str(home.folder))
        for new in (first, second, first):
            opens.note(new.link.public_id)
        opens.write()
        opens.write()
        module.services().store.close()
        module.services.cache_clear()
    found = {link.public_id: link for link in links.list_links(home.store, "ejemplar")}
    assert found[first.link.public_id].opens == 2
    assert found[second.link.public_id].opens == 1
    assert found[second.link.public_id].last_opened_at is not None


def test_no_stream_begins_once_the_server_is_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = live.Watch(lambda _request: live.Seen("mine", "UTC"), lambda names: names)
    monkeypatch.setattr(live, "version", lambda _zone: "same")
    watch.close()
    browser = TestClient(Starlette(routes=[watch.route()]))
    assert browser.get("/live").status_code == 503

    async def late() -> list[str]:  # it was let in, and begins only now
        return [event async for event in watch.events(live.Seen("mine", "UTC"))]

    assert len(loops.run(late())) == 1


def test_a_store_that_fails_for_a_moment_ends_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[object] = [OSError("the disk sleeps"), {"mine"}, set()]

    def alive(_names: object) -> object:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def run() -> list[str]:
        watch = live.Watch(lambda _request: live.Seen("mine", "UTC"), alive)  # type: ignore[arg-type]
        task = asyncio.create_task(watch.run())
        events = [event async for event in watch.events(live.Seen("mine", "UTC"))]
        task.cancel()
        return events

    monkeypatch.setattr(live, "AFTER_ERROR_SECONDS", 0.01)
    monkeypatch.setattr(live, "version", lambda _zone: "same")
    events = loops.run(run())
    assert [event.partition("event: ")[2].partition("\n")[0] for event in events] == [
        "version", "gone",
    ]  # fmt: skip
    assert answers == []
