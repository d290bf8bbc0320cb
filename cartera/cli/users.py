"""Commands for people's accounts. Whoever has a shell on the machine may do all of this."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cartera.cli.common import CompanyOption, Format, FormatOption, here, print_rows
from cartera.errors import UsageError
from cartera.people import ROLES, Role, operator

if TYPE_CHECKING:
    from datetime import datetime

    from cartera.config import Settings
    from cartera.store.db import Store

app = typer.Typer(
    help="People who may use the staff app.", no_args_is_help=True, rich_markup_mode=None
)

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="The name to sign in with.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@app.command("add")
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="Full name.")],
    role: Annotated[str, typer.Option(help=f"One of: {', '.join(ROLES)}.")],
    email: Annotated[
        str, typer.Option(help="Mail address; needed for the company's sign-in.")
    ] = "",
    password_stdin: FromStdin = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Only the company's sign-in opens it.")
    ] = False,
    company: CompanyOption = None,
) -> None:
    """Make an account; the password is asked for twice, unseen."""
    from cartera import clock
    from cartera.store import users

    settings, profile = here(company)
    known = _role(role)
    if no_password and password_stdin:
        raise UsageError("--no-password and --password-stdin do not go together")
    password = None if no_password else _password(password_stdin)
    user = users.create(
        _store(settings),
        login=login,
        name=name,
        role=known,
        company_id=profile.id,
        password=password,
        email=email or None,
        by=operator(profile.id),
        now=clock.now(),
    )
    sys.stdout.write(f"{user.login}: {user.role} of {profile.name}\n")


@app.command("list")
def list_users(company: CompanyOption = None, form: FormatOption = Format.table) -> None:
    """Accounts with their role, and when they signed in last."""
    from cartera.store import users

    settings, profile = here(company)
    rows: list[dict[str, Any]] = [
        {
            "login": user.login,
            "name": user.name,
            "role": user.role,
            "email": user.email,
            "state": "disabled" if user.disabled_at else "active",
            "password": "yes" if user.has_password else "no",
            "last_sign_in_at": _moment(user.last_sign_in_at),
        }
        for user in users.list_users(_store(settings), profile.id)
    ]
    columns = ["login", "name", "role", "email", "state", "password", "last_sign_in_at"]
    print_rows(columns, rows, form, empty="No users.")


@app.command("role")
def role(
    login: Login,
    role: Annotated[str, typer.Argument(metavar="ROLE", help=f"One of: {', '.join(ROLES)}.")],
    company: CompanyOption = None,
) -> None:
    """Change what somebody may do, at once."""
    from cartera import clock
    from cartera.store import users

    settings, profile = here(company)
    user = users.set_role(
        _store(settings), profile.id, login, _role(role), operator(profile.id), clock.now()
    )
    sys.stdout.write(f"{user.login}: {user.role}\n")


@app.command("email")
def email(
    login: Login,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help='Empty ("") for none.')],
    company: CompanyOption = None,
) -> None:
    """Give another mail address: copies go there, and the company's own sign-in means it."""
    from cartera import clock
    from cartera.store import users

    settings, profile = here(company)
    user = users.set_email(
        _store(settings), profile.id, login, address, operator(profile.id), clock.now()
    )
    sys.stdout.write(f"{user.login}: {user.email or 'no mail address'}\n")


@app.command("password")
def password(
    login: Login, password_stdin: FromStdin = False, company: CompanyOption = None
) -> None:
    """Give a new password; every session of that person ends."""
    from cartera import clock
    from cartera.store import users

    settings, profile = here(company)
    store = _store(settings)
    users.get(store, profile.id, login)  # nobody types a password twice for nobody
    chosen = _password(password_stdin)
    user = users.set_password(store, profile.id, login, chosen, operator(profile.id), clock.now())
    sys.stdout.write(f"{user.login}: new password, signed out everywhere\n")


@app.command("disable")
def disable(login: Login, company: CompanyOption = None) -> None:
    """Shut somebody out at once, also on pages that are open."""
    from cartera import clock
    from cartera.store import users

    settings, profile = here(company)
    user = users.disable(_store(settings), profile.id, login, operator(profile.id), clock.now())
    sys.stdout.write(f"{user.login}: disabled\n")


@app.command("enable")
def enable(login: Login, company: CompanyOption = None) -> None:
    """Let somebody in again."""
    from cartera import clock
    from cartera.store import users

    settings, profile = here(company)
    user = users.enable(_store(settings), profile.id, login, operator(profile.id), clock.now())
    sys.stdout.write(f"{user.login}: active\n")


@app.command("sessions")
def list_sessions(
    login: Annotated[str | None, typer.Argument(metavar="[LOGIN]")] = None,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Where people are signed in now."""
    from cartera import clock
    from cartera.store import sessions

    settings, profile = here(company)
    rows: list[dict[str, Any]] = [
        {
            "session": found.public_id,
            "login": found.person.login,
            "role": found.person.role,
            "by": found.method,
            "started_at": _moment(found.started_at),
            "last_seen_at": _moment(found.last_seen_at),
            "expires_at": _moment(found.expires_at),
            "address": found.address,
            "browser": found.agent,
        }
        for found in sessions.list_sessions(_store(settings), profile.id, login, now=clock.now())
    ]
    columns = ["session", "login", "role", "by", "started_at", "last_seen_at", "expires_at"]
    columns += ["address", "browser"]
    print_rows(columns, rows, form, empty="Nobody is signed in.")


@app.command("sign-out")
def sign_out(login: Login, company: CompanyOption = None) -> None:
    """End every session of somebody, also on pages that are open."""
    from cartera import clock
    from cartera.store import sessions

    settings, profile = here(company)
    count = sessions.end_all(_store(settings), profile.id, login, operator(profile.id), clock.now())
    sys.stdout.write(f"{login}: {count} sessions ended\n")


def _store(settings: Settings) -> Store:
    from cartera.store.db import open_store

    return open_store(settings)


def _role(text: str) -> Role:
    found = next((role for role in ROLES if role == text), None)
    if found is None:
        raise UsageError(f"a role is one of {', '.join(ROLES)}, not {text!r}")
    return found


def _password(from_stdin: bool) -> str:
    """A password from a pipe's first line, or typed twice by a person."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError("no terminal to ask for the password; give it with --password-stdin")
    import getpass

    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise UsageError("the two passwords are not the same")
    return first


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="minutes") if moment else None
