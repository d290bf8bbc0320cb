"""People with accounts, and how they sign in: in the store, or through the page."""

from __future__ import annotations

from playwright.sync_api import Page

from cartera import clock
from cartera.errors import NotFound
from cartera.people import Role, operator
from cartera.store import sessions, users
from cartera.store.db import Store
from cartera.store.users import User
from streamlit_app.staff import session

PASSWORD = "una clave que nadie adivina"


def account(
    store: Store,
    role: Role = "administrator",
    *,
    login: str = "",
    company_id: str = "main",
    email: str | None = None,
    password: str | None = PASSWORD,
) -> User:
    """Somebody's account, made now if there is none; `login` is by default the role's name."""
    login = login or role
    try:
        return users.get(store, company_id, login)
    except NotFound:
        return users.create(
            store,
            login=login,
            name=f"{login.title()} Pérez",
            role=role,
            company_id=company_id,
            password=password,
            email=email,
            by=operator(company_id),
            now=clock.now(),
        )


def signed_in(
    store: Store, role: Role = "administrator", *, login: str = "", company_id: str = "main"
) -> dict[str, str]:
    """The cookies of a browser in which somebody of that role has just signed in."""
    user = account(store, role, login=login, company_id=company_id)
    return {session.COOKIE: sessions.start(store, user, clock.now())}


def sign_in(page: Page, url: str, login: str = "administrator", password: str = PASSWORD) -> None:
    """Sign in through the page, from `url` (any page of the staff app) and back to it."""
    page.goto(url)
    page.get_by_label("Usuario").fill(login)
    page.get_by_label("Contraseña").fill(password)
    page.get_by_role("button", name="Entrar", exact=True).click()
    page.wait_for_url(lambda found: "/login" not in found)
