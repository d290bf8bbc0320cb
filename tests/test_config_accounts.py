"""Settings of signing in: all of OpenID Connect or none, and no error repeats a secret."""

from __future__ import annotations

import pytest

from cartera.config import settings
from cartera.errors import ConfigError

WHOLE = {
    "CARTERA_OIDC_CLIENT_ID": "cartera",
    "CARTERA_OIDC_CLIENT_SECRET": "hush-hush-hush",
    "CARTERA_OIDC_METADATA_URL": "https://id.example/.well-known/openid-configuration",
    "CARTERA_COOKIE_SECRET": "quiet" * 8,
}


def test_none_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not settings().has_oidc
    monkeypatch.setenv("CARTERA_COOKIE_SECRET", "alone")  # used by nothing, so it may be anything
    assert not settings().has_oidc
    for name, value in WHOLE.items():
        monkeypatch.setenv(name, value)
    assert settings().has_oidc
    for secret in ("hush-hush-hush", "quietquiet"):
        assert secret not in repr(settings())


@pytest.mark.parametrize(
    "changes",
    [
        *({name: ""} for name in WHOLE),
        {"CARTERA_COOKIE_SECRET": "quiet" * 6},
        {"CARTERA_OIDC_METADATA_URL": "http://id.example/.well-known/openid-configuration"},
        {"CARTERA_OIDC_METADATA_URL": "id.example"},
        {"CARTERA_SESSION_HOURS": "0"},
        {"CARTERA_SESSION_IDLE_MINUTES": "soon"},
    ],
    ids=str,
)
def test_what_does_not_fit_is_named_without_secrets(
    changes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (WHOLE | changes).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as refused:
        settings()
    said = str(refused.value)
    assert any(word in said for word in ("CARTERA_", "session_"))
    for secret in ("hush", "quiet"):
        assert secret not in said


def test_a_provider_on_this_machine_needs_no_https(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WHOLE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CARTERA_OIDC_METADATA_URL", "http://127.0.0.1:9000/config")
    assert settings().has_oidc
