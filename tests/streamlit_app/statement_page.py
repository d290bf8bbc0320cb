"""The statement in the HTML of the client's page, as a browser without scripts shows it."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder

#: Elements that have no end.
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.builder = TreeBuilder()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.builder.start(tag, {name: value or "" for name, value in attrs})
        if tag in VOID:
            self.builder.end(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.builder.end(tag)

    def handle_data(self, data: str) -> None:
        self.builder.data(data)


class StatementPage:
    """What it lists, its controls and its links."""

    def __init__(self, html: str) -> None:
        # From the article on: what is around it is the shell's.
        start, end = html.index("<article"), html.index("</article>") + len("</article>")
        tree = _Tree()
        tree.feed(html[start:end])
        self.article = tree.builder.close()

    def numbers(self) -> list[str]:
        """Numbers of the documents and payments that are not hidden."""
        return [_text(row.find("tr/th/span[@class='number']")) for row in self._rows()]

    def balances(self) -> list[str]:
        """The last amount of each of them."""
        return [_text(row.find("tr/td[@class='money balance']")) for row in self._rows()]

    def total(self) -> str:
        """The balance of the first currency."""
        return _text(self.article.find(".//p[@class='grand']/b"))

    def selection(self) -> str:
        """The sentence that says how much is listed."""
        return _text(self.article.find(".//p[@class='selection note']"))

    def control(self, name: str, value: str) -> str:
        """Where the first link with that filter leads."""
        found = self.article.find(f".//a[@data-filter='{name}'][@data-value='{value}']")
        assert found is not None, (name, value)
        return found.attrib["href"]

    def chosen(self) -> list[str]:
        """The statuses that are marked as chosen."""
        links = self.article.findall(".//nav[@class='filters']/a[@aria-current]")
        return [link.attrib.get("data-value", "") for link in links]

    def files(self) -> dict[str, str]:
        """Addresses of the files: `{"pdf": ..., "xlsx": ...}`."""
        hrefs = [link.attrib["href"] for link in self.article.findall(".//a[@data-download]")]
        return {href.partition("?")[0].rpartition(".")[2]: href for href in hrefs}

    def _rows(self) -> Iterator[Element]:
        for row in self.article.iter("tbody"):
            if "data-states" in row.attrib and "hidden" not in row.attrib:
                yield row


def _text(element: Element | None) -> str:
    assert element is not None
    return "".join(element.itertext()).strip()
