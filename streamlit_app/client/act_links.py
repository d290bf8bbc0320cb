"""Addresses of what a client can do on their page."""

from __future__ import annotations

from urllib.parse import urlencode

from cartera.notices.terms import Kind
from cartera.store.links import Link

WRITE = "/avisar"
WITHDRAW = "/avisar/retirar"


def write(link: Link, kind: Kind, *, document: str = "", language: str | None = None) -> str:
    """The form for a kind of notice, with a document already chosen."""
    more = {"document": document} if document else {}
    return _address(WRITE, link, {"kind": kind, **more}, language)


def withdraw(link: Link, public_id: str, *, language: str | None = None) -> str:
    """The page that takes a notice back once a person confirms."""
    return _address(WITHDRAW, link, {"notice": public_id}, language)


def _address(path: str, link: Link, asked: dict[str, str], language: str | None) -> str:
    spoken = {"lang": language} if language else {}
    return f"{path}?{urlencode({'l': link.public_id, **asked, **spoken})}"
