"""What the forms have in common: reading one, and saying why it led nowhere."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from cartera import clock
from cartera.i18n import Translator
from cartera.passwords import MINIMUM_LENGTH
from cartera.store import users
from streamlit_app.shared.services import services
from streamlit_app.staff.signin.checking import Attempt

#: Logins, passwords and an address, all of them percent-encoded.
MAX_FORM_BYTES = 16 * 1024
MAX_FIELDS = 8
#: Seconds after which somebody in a crowd may try again.
SOON = 5


async def fields(request: Request) -> dict[str, str] | None:
    """The form's fields; None for what no form of ours sends."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            return None
    try:
        found = parse_qs(body.decode("ascii"), max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        return None
    return {name: values[0] for name, values in found.items()}


def refusal(attempt: Attempt, tr: Translator) -> tuple[str, int]:
    """What a person is told, and the answer's status."""
    minutes = -(-attempt.wait // 60)
    if attempt.outcome == "crowded":
        return tr.t("Many people are entering right now. Try again in a moment."), 503
    if attempt.outcome == "throttled":
        if minutes > 1:
            return tr.t("Too many attempts. Try again in {n} minutes.", n=minutes), 429
        return tr.t("Too many attempts. Try again in one minute."), 429
    if attempt.outcome == "weak":
        said = "Use at least {n} different enough characters, and not your own name or user."
        return tr.t(said, n=MINIMUM_LENGTH), 422
    return tr.t("The user or the password is not right."), 401


def dress(response: Response, attempt: Attempt, login: str) -> None:
    """Headers and afterthoughts of an answer to an attempt that led nowhere."""
    if attempt.outcome == "wrong":
        # After the answer: writing it down takes time only where such an account exists.
        response.background = BackgroundTask(
            users.note_refusal, services().store, login, clock.now()
        )
    elif attempt.outcome in ("throttled", "crowded"):
        response.headers["Retry-After"] = str(attempt.wait or SOON)
