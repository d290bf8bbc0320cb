"""Changing one's own password: whoever made the account knew the first one."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from cartera.people import Person
from cartera.store import users
from streamlit_app.shared.services import services
from streamlit_app.staff import session
from streamlit_app.staff.signin import forms, page
from streamlit_app.staff.signin.checking import Attempt, caller, desk
from streamlit_app.staff.signin.page import CHANGE, Said

#: In the query of the page, after the change.
DONE = "done"


def routes() -> list[BaseRoute]:
    """The form, for whoever is signed in."""
    return [
        Route(CHANGE, _form, methods=["GET"]),
        Route(CHANGE, _change, methods=["POST"]),
    ]


def _form(request: Request) -> Response:
    person = session.person_of_request(request)
    if person is None:
        return PlainTextResponse("Unauthorized", 401)
    tr = page.translator(request, person)
    if not _has_password(person):
        said = Said(tr.t("You enter with the company account; there is no password here."))
        return page.own_password(request, person, said=said, ask=False)
    changed = Said(tr.t("The password is changed. You were signed out everywhere else."))
    is_done = request.query_params.get(DONE) == "1"
    return page.own_password(request, person, said=changed if is_done else None)


async def _change(request: Request) -> Response:
    person = await run_in_threadpool(session.person_of_request, request)
    fields = await forms.fields(request)
    if person is None or fields is None:
        return PlainTextResponse("Bad request", 400)
    old, new, again = (fields.get(name, "") for name in ("old", "new", "again"))
    tr = page.translator(request, person)
    if new != again:
        said = Said(tr.t("The two new passwords are not the same."), error=True)
        return await run_in_threadpool(page.own_password, request, person, said=said, status=422)
    attempt = await desk().change(person.login, old, new, caller(request))
    if attempt.outcome != "entered":
        return await run_in_threadpool(_not_changed, request, attempt, person)
    response = RedirectResponse(f"{CHANGE}?{DONE}=1", 303)
    session.put(response, attempt.token)
    return response


def _not_changed(request: Request, attempt: Attempt, person: Person) -> Response:
    tr = page.translator(request, person)
    text, status = forms.refusal(attempt, tr)
    if attempt.outcome == "wrong":
        text, status = tr.t("The present password is not right."), 422
    said = Said(text, error=True)
    response = page.own_password(request, person, said=said, status=status)
    forms.dress(response, attempt, person.login)
    return response


def _has_password(person: Person) -> bool:
    return users.get(services().store, person.company_id, person.login).has_password
