"""`/baja/{id}`: the recipient of a message asks for no more of its kind.

The message's public id, 128 random bits in its own headers and text, is all the right there is:
the page needs no link's cookie, and mail providers post to it for their reader (RFC 8058) without
one. Looking changes nothing, so that whatever opens links by itself unsubscribes nobody. An id
that never was gets the same answers as any other.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cartera import clock
from cartera.config import Company
from cartera.i18n import LANGUAGES, Translator
from cartera.store import stopped
from streamlit_app.client import limits
from streamlit_app.shared import shell
from streamlit_app.shared.services import services

#: For the gate: open to anyone, and written to from anywhere (there is nothing to forge).
PATHS = ("/baja/*",)


def routes() -> list[Route]:
    """Looking and doing; what is in the body of a POST is not even read."""
    return [
        Route("/baja/{public_id}", ask, methods=["GET"]),
        Route("/baja/{public_id}", stop, methods=["POST"]),
    ]


def ask(request: Request) -> Response:
    """The page with the button."""
    company, tr = _around(request)
    return shell.message(
        company,
        tr.t("Do you want no more of these messages?"),
        tr.t(
            "We will not write any more messages like the one that you received to this address."
            " Your account stays as it is."
        ),
        language=tr.language,
        button=tr.t("Send me no more of them"),
    )


def stop(request: Request) -> Response:
    """Stop them; again changes nothing."""
    company, tr = _around(request)
    if not limits.may_try(request):
        said = tr.t("Wait a minute and try again.")
        return limits.page(company, tr, said, limits.WAIT_SECONDS)
    public_id = request.path_params["public_id"]
    if not stopped.unsubscribe(services().store, public_id, now=clock.now()):
        limits.count_failure(request)
    return shell.message(
        company,
        tr.t("Done: you get no more of these messages"),
        tr.t("If you change your mind, write to us and we send them again."),
        language=tr.language,
    )


def _around(request: Request) -> tuple[Company, Translator]:
    """Whose page it is, and in which language it speaks."""
    found = stopped.unsubscribe_of(services().store, request.path_params["public_id"])
    company = services().company_of(found.company_id) if found else services().company
    asked = request.query_params.get("lang", "")
    language = asked if asked in LANGUAGES else company.language
    return company, Translator(language, company.country)
