"""Who somebody is, as Streamlit's callback says it."""

from __future__ import annotations

import json

import pytest
from starlette.responses import Response
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from cartera import clock
from streamlit_app.shared.services import Services
from streamlit_app.staff.signin import oidc
from tests.streamlit_app.accounts import account


def signed(claims: dict[str, object], secret: str = "") -> Response:
    answer = Response()
    value = create_signed_value(
        secret or get_cookie_secret(), "_streamlit_user", json.dumps(claims)
    )
    answer.set_cookie("_streamlit_user", value.decode())
    return answer


def test_an_identity_counts_if_it_was_made_just_now_and_signed_here() -> None:
    now = clock.now().timestamp()
    claims = {"email": "ana@andina.co", "iat": now - 60}
    assert oidc._identity(signed(claims)) == claims
    for old in ({"iat": now - 360}, {"iat": now + 360}, {"iat": None}, {"iat": "now"}):
        assert oidc._identity(signed(claims | old)) is None
    assert oidc._identity(signed({"email": "ana@andina.co"})) is None
    assert oidc._identity(signed(claims, secret="somebody else's")) is None
    assert oidc._identity(Response()) is None


@pytest.mark.parametrize(
    ("claims", "accepted"),
    [
        ({"email": "ana@andina.co"}, True),
        ({"email": " Ana@Andina.CO ", "email_verified": True}, True),
        ({"email": "ana@andina.co", "email_verified": "true"}, True),
        ({"email": "ana@andina.co", "email_verified": False}, False),
        ({"email": "ana@andina.co", "email_verified": "false"}, False),
        ({"email": "ana@andina.co", "email_verified": None}, False),
        ({"email": "ana@andina.co\0"}, False),
        ({"email": ["ana@andina.co"]}, False),
        ({"email": ""}, False),
        ({"email": "  "}, False),
        ({"preferred_username": "ana"}, False),
    ],
)
def test_an_identity_is_a_verified_mail_address_of_an_account(
    found: Services, quick: None, claims: dict[str, object], accepted: bool
) -> None:
    account(found.store, login="ana", email="ana@andina.co"), account(found.store, login="bea")
    assert (oidc._account(claims) is not None) is accepted
