"""`cartera demo`: the whole product on this machine, with a sample company.

Safe to start again and again: the sample is loaded under the same keys, so a second start
changes nothing on the same day and moves the dates on a later one.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from cartera import clock
from cartera.cli import demo_gateway
from cartera.config import Company, Settings
from cartera.config import settings as read_settings
from cartera.errors import CarteraError, NotFound, UsageError
from cartera.people import operator
from cartera.sample import COMPANY_ID, NEWS, PROFILE, write_sample
from cartera.sample.clients import PEDRO
from cartera.store import companies, links, users
from cartera.store.db import Store, open_store
from cartera.store.locks import writer_lock
from cartera.warehouse.ingest import load_files
from cartera.warehouse.reader import Reader
from cartera.warehouse.refresh import bring_up, refresh

#: Seconds until a server must answer; the first start imports everything from a cold disk.
START_SECONDS = 120
#: Seconds to stop in. The pipeline ends its own processes within twenty (STOP_SECONDS in
#: `pipelines.supervisor`): killed before that, it would leave them to end alone.
STOP_SECONDS = 40
HOST = "127.0.0.1"
#: Login of the demo's own administrator.
ADMINISTRATOR = "demo"


@dataclass(frozen=True, slots=True)
class Server:
    """One process of the demo and the address that tells when it is ready."""

    name: str
    command: list[str]
    health: str


def run(*, port: int, dagster_port: int, once: bool) -> None:
    """Load the sample, start everything, print the addresses, run until Ctrl-C."""
    current = read_settings()
    company = _sample_company(current)
    store = open_store(current)
    sample = _load_sample(current, store, company)
    _mail_new_invoices(store)
    demo_gateway.turn_on(store)
    if once:
        return
    staff, client, sandbox, dagster = _free_ports(port, port + 1, port + 2, dagster_port)
    environment = {
        **demo_gateway.without_foreign(os.environ),
        "CARTERA_HOME": str(current.root),
        "CARTERA_COMPANY": COMPANY_ID,
        "CARTERA_STAFF_URL": f"http://{HOST}:{staff}",
        "CARTERA_CLIENT_URL": f"http://{HOST}:{client}",
        # Whatever this machine's mail settings are: the demo writes to nobody.
        "CARTERA_MAIL": "folder",
        **demo_gateway.variables(
            current.root, url=f"http://{HOST}:{sandbox}", client_url=f"http://{HOST}:{client}"
        ),
    }
    python = [sys.executable, "-m"]
    servers = [
        Server(
            "client app",
            [*python, "streamlit_app.client", "--port", str(client)],
            f"http://{HOST}:{client}/_stcore/health",
        ),
        Server(
            "staff app",
            [*python, "streamlit_app.staff", "--port", str(staff)],
            f"http://{HOST}:{staff}/_stcore/health",
        ),
        Server(
            "payment simulation",
            [*python, "cartera", "sandbox", "--port", str(sandbox)],
            f"http://{HOST}:{sandbox}/health",
        ),
        Server(
            "pipeline",
            [*python, "pipelines", "--port", str(dagster)],
            f"http://{HOST}:{dagster}/server_info",
        ),
    ]
    _say("Starting the two apps, the payment simulation and the pipeline (a few seconds)...")
    # Both, and by hand: a shell starts background jobs with SIGINT ignored.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _leave)
    running = _start(servers, environment, current.root / "logs")
    try:
        _wait_until_ready(servers, running, current.root / "logs")
        addresses = {
            "Staff": f"http://{HOST}:{staff}/login",
            "": f"user {ADMINISTRATOR}, password {_administrators_password(store)}",
            "Its mailbox": f"http://{HOST}:{staff}/buzon",
            "Pedro Gómez": f"http://{HOST}:{client}/e/{_pedros_link(current, store, company)}",
            "Payments": f"http://{HOST}:{sandbox} (simulated: no money moves)",
            "Pipeline": f"http://{HOST}:{dagster}",
        }
        _welcome(current, store, company, sample, addresses)
        _watch(servers, running, current.root / "logs")
    except KeyboardInterrupt:
        _say("\nStopping.")
    finally:
        _stop(running)


def _leave(*_: object) -> None:
    raise KeyboardInterrupt


def _say(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _sample_company(current: Settings) -> Company:
    """The sample's profile; refuses a folder that already belongs to a real company."""
    profile = current.root / "cartera.toml"
    current.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not profile.exists():
        shutil.copyfile(PROFILE, profile)
        current = read_settings()
    if COMPANY_ID not in current.companies:
        raise UsageError(
            f"{profile} is of another company; give the demo a folder of its own: "
            "CARTERA_HOME=.cartera-demo cartera demo"
        )
    return current.companies[COMPANY_ID]


def _load_sample(current: Settings, store: Store, company: Company) -> Path:
    """Write the sample up to today and load it; returns its folder."""
    today = clock.today(company.timezone)
    folder = current.root / "sample"
    _say(f"Sample company: {company.name}, two years up to {today}")
    write_sample(folder, today)
    (current.inbox).mkdir(exist_ok=True)
    with writer_lock(current, store, who="cartera demo"):
        bring_up(current, store)
        results = load_files(current, [folder], company=company)
        _say(
            f"Loaded {sum(r.loaded for r in results):,} rows, "
            f"{sum(r.unchanged for r in results):,} unchanged, "
            f"{sum(r.rejected for r in results):,} rejected. Building the figures..."
        )
        outcome = refresh(current, store)
    models = sum(n.kind == "model" for n in outcome.nodes)
    tests = sum(n.kind == "test" for n in outcome.nodes)
    _say(f"{models} models built, {tests} tests passed." if models else "Figures are up to date.")
    return folder


def _mail_new_invoices(store: Store) -> None:
    """At the first start: what the files named at the end bring is mailed, the history is not."""
    if companies.mail_profile(store, COMPANY_ID).new_invoices_since is None:
        switches = {"mails_new_invoices": True, "statement_in_invoices": True}
        companies.save(store, COMPANY_ID, switches, by=operator(COMPANY_ID), now=clock.now())


def _free_ports(*wanted: int) -> list[int]:
    """The ports asked for, or the next free ones."""
    found: list[int] = []
    for port in wanted:
        found.append(next(p for p in count(port) if p not in found and _is_free(p)))
    return found


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _start(
    servers: list[Server], environment: dict[str, str], logs: Path
) -> list[subprocess.Popen[bytes]]:
    logs.mkdir(exist_ok=True)
    running = []
    for server in servers:
        with (logs / f"{server.name.replace(' ', '-')}.log").open("ab") as log:
            running.append(
                subprocess.Popen(
                    server.command,
                    env=environment,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=Path(__file__).parents[2],
                    # A group of its own: Ctrl-C reaches us, and we stop the others in order.
                    start_new_session=True,
                )
            )
    return running


def _wait_until_ready(
    servers: list[Server], running: list[subprocess.Popen[bytes]], logs: Path
) -> None:
    deadline = time.monotonic() + START_SECONDS
    waiting = list(servers)
    while waiting:
        _check_alive(servers, running, logs)
        if time.monotonic() > deadline:
            raise CarteraError(f"the {waiting[0].name} did not start; its log is in {logs}")
        waiting = [server for server in waiting if not _answers(server.health)]
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  # our own http URL
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _check_alive(servers: list[Server], running: list[subprocess.Popen[bytes]], logs: Path) -> None:
    for server, process in zip(servers, running, strict=True):
        if process.poll() is not None:
            raise CarteraError(
                f"the {server.name} stopped (code {process.returncode}); its log is in {logs}"
            )


def _administrators_password(store: Store) -> str:
    """A new random password of the demo's administrator, whose account is made at the first start.

    New at each start, because an old one is nowhere to be read again.
    """
    by, now = operator(COMPANY_ID), clock.now()
    groups = ("".join(secrets.choice(links.PUBLIC_ALPHABET) for _ in range(4)) for _ in range(4))
    password = "-".join(groups)
    try:
        users.set_password(store, COMPANY_ID, ADMINISTRATOR, password, by, now)
    except NotFound:
        users.create(
            store,
            login=ADMINISTRATOR,
            name="Administración",
            role="administrator",
            email="administracion@example.com",
            company_id=COMPANY_ID,
            password=password,
            by=by,
            now=now,
        )
    else:
        users.enable(store, COMPANY_ID, ADMINISTRATOR, by, now)
        users.set_role(store, COMPANY_ID, ADMINISTRATOR, "administrator", by, now)
    return password


def _pedros_link(current: Settings, store: Store, company: Company) -> str:
    """Token of a new link to Pedro's page, as if it had been mailed to him; an old one cannot be
    shown again.
    """
    record = Reader(current, store).client(company.id, PEDRO)
    made = links.create(
        store,
        company_id=company.id,
        client_id=PEDRO,
        days=company.link_days,
        contact=next(iter(record.emails), ""),
        by=operator(company.id),
        now=clock.now(),
    )
    return made.token


def _welcome(
    current: Settings, store: Store, company: Company, sample: Path, addresses: dict[str, str]
) -> None:
    aging = Reader(current, store).aging(company.id, as_of=clock.today(company.timezone))
    _say()
    for total in aging.totals:
        _say(
            f"  {total.clients} clients owe {total.total:,.2f} {total.currency}, "
            f"{total.overdue:,.2f} of it overdue"
        )
    _say()
    for name, address in addresses.items():
        _say(f"  {name:<14} {address}")
    home = "" if current.root == Path(".cartera").resolve() else f"CARTERA_HOME={current.root} "
    _say()
    _say("  Open Pedro's page, then pay one of his invoices, sell him more, and watch it change")
    _say("  (the new invoice is mailed to him; nothing leaves this machine, see the mailbox):")
    _say(f"    cp {_short(sample / NEWS)}/* {_short(current.inbox)}/")
    _say("  The same figures in the terminal:")
    _say(f"    {home}.venv/bin/cartera statement {PEDRO}")
    _say("  Ctrl-C stops everything.")


def _short(path: Path) -> str:
    """A path as one would type it from here."""
    with suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def _watch(servers: list[Server], running: list[subprocess.Popen[bytes]], logs: Path) -> None:
    while True:
        _check_alive(servers, running, logs)
        time.sleep(1)


def _stop(running: list[subprocess.Popen[bytes]]) -> None:
    for process in running:
        with suppress(ProcessLookupError):
            process.terminate()
    for process in running:
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
