"""`/avisar`: what a client tells the company from their page, and taking it back.

Whose page it is, the link's own cookie says, at every request; what may be done there, its
client's rights. Looking changes nothing. What was sent is on the page at once; staff are told a
moment later, by the pipeline.
"""

from __future__ import annotations

from collections.abc import Mapping

from limits import RateLimitItemPerHour
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cartera import clock
from cartera.errors import NotFound
from cartera.mail.refusal import Refusal
from cartera.notices import writing
from cartera.notices.proofs import LARGEST
from cartera.notices.rights import OF_KIND
from cartera.notices.terms import KINDS, Kind, Notice, State
from cartera.notices.writing import Form, NotAllowed, Wrong
from cartera.store import notices
from streamlit_app.client import access, act_links, act_page, forms, limits
from streamlit_app.client.act_links import WITHDRAW, WRITE
from streamlit_app.client.desk import Desk, Refuse
from streamlit_app.client.desk import at as desk_of
from streamlit_app.shared import shell
from streamlit_app.shared.services import services

#: For the gate: only with a live link's cookie.
PATHS = (WRITE, WITHDRAW)
#: Forms that one link may send in an hour; a file is work, whatever comes of it.
SENT = RateLimitItemPerHour(60)
WAIT_SECONDS = 3_600
PAYMENT: tuple[Kind, ...] = ("payment",)
OPEN: tuple[State, ...] = ("open",)


class Acts:
    """The routes; `refuse` answers whoever may not."""

    def __init__(self, refuse: Refuse) -> None:
        self._refuse = refuse

    def routes(self) -> list[Route]:
        """Looking and doing."""
        return [
            Route(WRITE, self.form, methods=["GET"]),
            Route(WRITE, self.send, methods=["POST"]),
            Route(WITHDRAW, self.ask, methods=["GET"]),
            Route(WITHDRAW, self.withdraw, methods=["POST"]),
        ]

    def form(self, request: Request) -> Response:
        """The form, with the document chosen that the address names, if it is one of theirs."""
        desk, kind = self._desk(request), _kind(request)
        if isinstance(desk, Response):
            return desk
        if kind is None:
            return self._refuse(request, "missing", access.UNKNOWN)
        if not desk.rights.may(OF_KIND[kind]):
            return self._refuse(request, "barred", desk.access)
        return _page(desk, kind, chosen=request.query_params.getlist("document"))

    async def send(self, request: Request) -> Response:
        """Write it down and go back to the account, or say what is wrong beside it."""
        desk = await run_in_threadpool(self._desk, request)
        if isinstance(desk, Response):
            return desk
        if not limits.take(SENT, "notices", desk.link.public_id):
            tr = desk.translator
            said = tr.t("Wait an hour and try again, or write to us.")
            return limits.page(desk.company, tr, said, WAIT_SECONDS)
        try:
            form = await forms.read(request)
        except forms.TooLarge:
            tr = desk.translator
            return shell.message(
                desk.company,
                tr.t("This file is too large"),
                tr.t("Files of up to {most} MB can be sent. Go back and choose a smaller one.",
                     most=LARGEST >> 20),
                status=413,
                language=tr.language,
            )  # fmt: skip
        except forms.Broken:
            form = Form("")
        return await run_in_threadpool(self._sent, request, desk, form)

    def _sent(self, request: Request, desk: Desk, form: Form) -> Response:
        kind = _kind(request)
        if kind is None:
            return self._refuse(request, "missing", access.UNKNOWN)
        store = services().store
        if notices.by_key(store, desk.link, form.key) is not None:  # pressed twice
            return RedirectResponse(desk.back(said=kind), 303)
        try:
            draft = writing.draft(
                kind,
                form,
                statement=desk.statement,
                rights=desk.rights,
                today=clock.today(desk.company.timezone),
                earlier=_open(desk),
            )
            language = desk.translator.language
            notices.add(store, desk.link, draft, language=language, now=clock.now())
        except NotAllowed:
            return self._refuse(request, "barred", desk.access)
        except Wrong as error:
            return _page(desk, kind, form=form, wrong=error.fields, status=400)
        except Refusal as refusal:
            return _page(desk, kind, form=form, wrong={"": refusal}, status=400)
        return RedirectResponse(desk.back(said=kind), 303)

    def ask(self, request: Request) -> Response:
        """The page that asks whether it is meant."""
        desk = self._desk(request)
        if isinstance(desk, Response):
            return desk
        notice = _mine(desk, request)
        if notice is None:
            return self._refuse(request, "missing", access.UNKNOWN)
        if notice.state != "open":
            return RedirectResponse(desk.back(), 303)
        tr = desk.translator
        return shell.message(
            desk.company,
            tr.t("Do you want to take this back?"),
            tr.t("It stays on your page as taken back, and we do nothing about it."),
            language=tr.language,
            button=tr.t("Take it back"),
            action=act_links.withdraw(
                desk.link, notice.public_id, language=desk.asked.language
            ),
        )  # fmt: skip

    def withdraw(self, request: Request) -> Response:
        """Take it back, if it is theirs and open; again changes nothing."""
        desk = self._desk(request)
        if isinstance(desk, Response):
            return desk
        try:
            notices.withdraw(
                services().store, desk.link, request.query_params.get("notice", ""),
                now=clock.now(),
            )  # fmt: skip
        except NotFound:
            return self._refuse(request, "missing", access.UNKNOWN)
        return RedirectResponse(desk.back(), 303)

    def _desk(self, request: Request) -> Desk | Response:
        return desk_of(request, self._refuse)


def _kind(request: Request) -> Kind | None:
    asked = request.query_params.get("kind")
    return next((kind for kind in KINDS if kind == asked), None)


def _page(
    desk: Desk,
    kind: Kind,
    *,
    form: Form | None = None,
    chosen: list[str] | None = None,
    wrong: Mapping[str, Refusal] | None = None,
    status: int = 200,
) -> Response:
    return act_page.answer(
        desk.company,
        desk.statement,
        kind,
        rights=desk.rights,
        today=clock.today(desk.company.timezone),
        back=desk.back(),
        action=act_links.write(desk.link, kind, language=desk.asked.language),
        form=form,
        chosen=chosen or (),
        wrong=wrong,
        status=status,
    )


def _open(desk: Desk) -> list[Notice]:
    """The payments that this client reported and that wait."""
    link = desk.link
    return notices.listed(
        services().store,
        link.company_id,
        kinds=PAYMENT,
        states=OPEN,
        client_id=link.client_id,
    )


def _mine(desk: Desk, request: Request) -> Notice | None:
    """The notice that the address names, if it is this client's."""
    link = desk.link
    try:
        found = notices.get(
            services().store, link.company_id, request.query_params.get("notice", "")
        )
    except NotFound:
        return None
    return found if found.client_id == link.client_id else None
