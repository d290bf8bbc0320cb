"""A real OpenID provider with a page of its own; anybody may sign in with any name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import oidc_provider_mock

#: What the provider knows the app by.
SECRET = "a-secret-of-the-provider"


@contextmanager
def running() -> Iterator[str]:
    """Its address, while it answers."""
    known = (
        ("ana", "Ana@Andina.co", {"email_verified": True, "name": "Ana " + "x" * 5000}),
        ("out", "out@andina.co", {}),
        ("unknown", "unknown@andina.co", {}),
        ("unverified", "ana@andina.co", {"email_verified": False}),
    )
    people = [
        oidc_provider_mock.User(sub=name, claims={"email": email, **more})
        for name, email, more in known
    ]
    nameless = oidc_provider_mock.User(sub="nameless", claims={})
    with oidc_provider_mock.run_server_in_thread(user_claims=[*people, nameless]) as server:
        yield f"http://localhost:{server.server_port}"


def settings(address: str, cookie_secret: str) -> dict[str, str]:
    """The app's variables for it."""
    return {
        "CARTERA_OIDC_CLIENT_ID": "cartera",
        "CARTERA_OIDC_CLIENT_SECRET": SECRET,
        "CARTERA_OIDC_METADATA_URL": f"{address}/.well-known/openid-configuration",
        "CARTERA_COOKIE_SECRET": cookie_secret,
    }
