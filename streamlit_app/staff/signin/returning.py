"""Where somebody goes after signing in: the page they asked for, and never another site's."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from starlette.requests import Request

LONGEST = 2000
#: Addresses that are no page to come back to.
NOT_PAGES = ("/login", "/auth/", "/oauth2callback", "/_stcore/", "/assets/", "/static/", "/live")
START = "/"
AS_IT_IS = "/?%&=+,:;@!$'()*~-._"


def safe(address: str) -> str:
    """The address if it is a path of this site with at most a query; else the first page.

    Browsers drop tabs and line ends inside an address and read `\\` as `/`, so that `/\\t/host`
    would be another site's.
    """
    if not address.startswith("/") or address.startswith("//") or len(address) > LONGEST:
        return START
    if "\\" in address or any(ord(c) <= 32 or ord(c) == 127 for c in address):
        return START
    try:
        parts = urlsplit(address)
    except ValueError:
        return START
    if parts.scheme or parts.netloc or parts.path.startswith(NOT_PAGES):
        return START
    # It travels in headers and cookies: what is not plain ASCII is percent-encoded.
    return quote(parts.path + (f"?{parts.query}" if parts.query else ""), safe=AS_IT_IS)


def asked(request: Request) -> str:
    """What the browser asked for, as `safe` takes it."""
    query = f"?{request.url.query}" if request.url.query else ""
    return safe(quote(request.url.path, safe="/%") + query)
