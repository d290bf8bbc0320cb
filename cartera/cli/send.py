"""`cartera send`: the account statement or an invoice by mail, to one client or to many."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cartera.cli.common import (
    CompanyOption,
    Format,
    FormatOption,
    here,
    key,
    print_json,
    print_rows,
)
from cartera.cli.reader import open_figures, say_changed
from cartera.errors import CarteraError, NotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from cartera.config import Company, Settings
    from cartera.mail.outgoing import Composed, Content, Draft, Kind
    from cartera.mail.plan import Choice, Plan, PlanRow
    from cartera.people import Person
    from cartera.store.db import Store
    from cartera.warehouse.reader import Reader

#: States that are no success: the command fails where a message ends in one.
BAD_STATES = ("failed", "bounced", "unknown")
#: Messages listed in a table; of more only what was not sent (JSON and CSV have them all).
MOST_LISTED = 60


def send(
    client: Annotated[
        str | None, typer.Argument(metavar="[CLIENT]", help="Client id.", callback=key)
    ] = None,
    to: Annotated[
        str | None, typer.Option(help="Addresses, with commas; default: the client's contacts.")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Default: the company's text.")] = None,
    body: Annotated[
        Path | None, typer.Option(help="File with the text (.html or plain); - is the input.")
    ] = None,
    pdf: Annotated[bool | None, typer.Option("--pdf/--no-pdf", help="Attach the PDF.")] = None,
    xlsx: Annotated[
        bool | None, typer.Option("--xlsx/--no-xlsx", help="Attach the Excel file.")
    ] = None,
    invoice: Annotated[
        str | None,
        typer.Option(metavar="DOCUMENT", help="Send this invoice (document id).", callback=key),
    ] = None,
    with_statement: Annotated[
        bool | None,
        typer.Option("--statement/--no-statement", help="The account, too, in an invoice's mail."),
    ] = None,
    copy: Annotated[str | None, typer.Option(help="Send a copy to this address.")] = None,
    with_balance: Annotated[
        bool, typer.Option("--with-balance", help="To every client who owes.")
    ] = False,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="To every client who is late.")
    ] = False,
    group: Annotated[str | None, typer.Option(help="Of them, only this group.")] = None,
    currency: Annotated[str | None, typer.Option(help="Of them, who owes in this one.")] = None,
    minimum: Annotated[str | None, typer.Option(help="Of them, from this amount on.")] = None,
    run: Annotated[
        str | None,
        typer.Option(
            help="Name of the run, which writes to nobody twice; default with many: the day."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be sent, and to whom.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="To many: yes, send them.")] = False,
    queue_only: Annotated[
        bool, typer.Option("--queue-only", help="Leave the sending to the pipeline.")
    ] = False,
    company: CompanyOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Mail a client's statement, or with --with-balance or --overdue those of many clients."""
    many = with_balance or overdue
    if bool(client) == many:
        raise UsageError("name one client, or choose many with --with-balance or --overdue")
    if client is None and (to or copy or invoice):
        raise UsageError("--to, --copy and --invoice go with one client")
    if client is not None and (group or currency or minimum):
        raise UsageError("--group, --currency and --minimum go with --with-balance or --overdue")
    office = _Office(*here(company))
    wishes = _Wishes(subject, body, pdf, xlsx, with_statement)
    if client is not None:
        _one(office, client, to, copy, invoice, wishes, run, dry_run, queue_only, form)
        return
    if not dry_run and not yes:
        raise UsageError("this writes to many: look at it with --dry-run, then say --yes")
    from cartera.mail.plan import Choice

    asked = {"currency": currency, "group": group, "minimum": minimum}
    choice = Choice.from_json({"only": "overdue" if overdue else "balance", **asked})
    _many(office, choice, wishes, run, dry_run, queue_only, form)


class _Office:
    """The installation, opened once."""

    def __init__(self, settings: Settings, profile: Company) -> None:
        from cartera import clock
        from cartera.people import operator
        from cartera.store import companies
        from cartera.store.db import open_store

        self.settings: Settings = settings
        self.store: Store = open_store(settings)
        self.reader: Reader = open_figures(settings, self.store)
        self.company: Company = companies.profile(settings, self.store, profile.id)
        self.by: Person = operator(profile.id)
        self.now: datetime = clock.now()
        self.today: date = clock.today(self.company.timezone)
        say_changed(self.store, self.company.id)


class _Wishes:
    """What the options ask of a message's content; None: as the company has it."""

    def __init__(
        self,
        subject: str | None,
        body: Path | None,
        pdf: bool | None,
        xlsx: bool | None,
        with_statement: bool | None,
    ) -> None:
        self.subject = subject
        self.body = None if body is None else _read_body(body)
        self._wanted = {"pdf": pdf, "xlsx": xlsx}
        self._with_statement = with_statement

    @property
    def has_text(self) -> bool:
        """Whether somebody wrote their own words, which are of one language."""
        return self.subject is not None or self.body is not None

    def content(self, office: _Office, kind: Kind, language: str) -> Content:
        from cartera.mail import clean, texts
        from cartera.mail.outgoing import ENCLOSURES

        found = texts.of(office.store, office.company.id, kind, language)
        files = tuple(
            form
            for form in ENCLOSURES
            if (form in found.enclosures if self._wanted[form] is None else self._wanted[form])
        )
        return replace(
            found,
            subject=found.subject if self.subject is None else clean.subject(self.subject),
            body=found.body if self.body is None else clean.body(self.body),
            enclosures=files,
            statement=found.statement if self._with_statement is None else self._with_statement,
        )


def _one(
    office: _Office,
    client: str,
    to: str | None,
    copy: str | None,
    invoice: str | None,
    wishes: _Wishes,
    run: str | None,
    dry_run: bool,
    queue_only: bool,
    form: Format,
) -> None:
    import secrets

    from cartera.mail import plan
    from cartera.store import outbox

    kind: Kind = "statement" if invoice is None else "invoice"
    row = plan.plan_one(
        office.reader, office.store, office.company, client, kind=kind, as_of=office.today
    )
    if row is None:
        raise NotFound("client", client, office.company.id)
    drafts = plan.drafts_to(
        row,
        _addresses(to, row, kind),
        kind=kind,
        run_key=run or secrets.token_hex(8),
        content=lambda language: wishes.content(office, kind, language),
        document_id=invoice,
        copy_to=_address(copy),
    )
    if dry_run:
        _print_composed(office, drafts)
        return
    made = outbox.queue(office.store, office.company.id, drafts, by=office.by, now=office.now)
    _deliver(office, made, len(drafts), queue_only, form)


def _many(
    office: _Office,
    choice: Choice,
    wishes: _Wishes,
    run: str | None,
    dry_run: bool,
    queue_only: bool,
    form: Format,
) -> None:
    from cartera.i18n import LANGUAGES
    from cartera.mail import plan
    from cartera.store import mailings

    made = plan.plan(
        office.reader, office.store, office.company, choice, kind="statement", as_of=office.today
    )
    if dry_run:
        _print_plan(made, form)
        return
    content, *others = (
        replace(wishes.content(office, "statement", language), only=choice.only)
        for language in sorted(LANGUAGES, key=lambda each: each != office.company.language)
    )
    # Words of one's own are sent to everybody as they are; the company's, in each one's language.
    rest = [each for each in LANGUAGES if each != office.company.language]
    by_language = {} if wishes.has_text else dict(zip(rest, others, strict=True))
    drafts = plan.drafts(made, run or f"day-{office.today.isoformat()}", by_language)
    if not drafts:
        raise CarteraError("nobody to write to: see --dry-run")
    mailing = mailings.create(
        office.store, office.company.id, kind="statement", content=content,
        choice=choice.to_json(), drafts=drafts, by=office.by, now=office.now,
    )  # fmt: skip
    mailings.send(office.store, office.company.id, mailing.public_id, by=office.by, now=office.now)
    _deliver(office, None, len(drafts), queue_only, form, mailing=mailing.public_id)


def _deliver(
    office: _Office,
    made: Sequence[str] | None,
    asked: int,
    queue_only: bool,
    form: Format,
    *,
    mailing: str | None = None,
) -> None:
    """Send what was queued, and print what became of each message."""
    from cartera.mail import sender
    from cartera.store import outbox

    store, company_id = office.store, office.company.id
    trouble = ""
    if not queue_only:
        args = (office.settings, store, office.reader)
        summary = (
            sender.run_all(*args, company_id=company_id, mailing=mailing)
            if made is None
            else sender.send_now(*args, made)
        )
        trouble = summary.trouble
    messages = (
        [outbox.get(store, company_id, each) for each in made]
        if made is not None
        else outbox.list_messages(store, company_id, mailing=mailing, limit=asked or 1, offset=0)
    )
    rows = [
        {
            "message": m.public_id, "client_id": m.client_id, "address": m.address,
            "state": m.state, "reason": m.reason, "subject": m.subject,
        }
        for m in messages
    ]  # fmt: skip
    good = ("sent", "delivered")
    listed = rows
    if form is Format.table and len(rows) > MOST_LISTED:
        listed = [row for row in rows if row["state"] not in good]
    columns = ["message", "client_id", "address", "state", "reason", "subject"]
    if listed or form is not Format.table:
        print_rows(columns, listed, form)
    if form is Format.table:
        sent = sum(row["state"] in good for row in rows)
        already = asked - len(rows)
        before = f"; {already} were in the outbox before" if already else ""
        sys.stdout.write(f"{sent} of {len(rows)} messages sent{before}\n")
    if trouble:
        raise CarteraError(f"what was not sent waits in the outbox: {trouble}")
    if bad := sum(row["state"] in BAD_STATES for row in rows):
        raise CarteraError(f"{bad} of {len(rows)} messages were not sent")


def _print_composed(office: _Office, drafts: Sequence[Draft]) -> None:
    """The messages as they would go, without a link that works."""
    from cartera.mail.compose import Composer
    from cartera.mail.outgoing import Composed, Order, Skip
    from cartera.store import companies

    link = f"{office.settings.client_url.rstrip('/')}/e/..."
    orders = [
        Order(
            kind=draft.kind, client_id=draft.client_id, contact=draft.contact,
            address=draft.address, language=draft.language, content=draft.content, link=link,
            document_id=draft.document_id, is_copy=draft.is_copy,
        )
        for draft in drafts
        if draft.content is not None
    ]  # fmt: skip
    profile = companies.mail_profile(office.store, office.company.id)
    outcomes = Composer(office.settings, office.store, office.reader).compose(
        office.company, profile, orders, as_of=office.today
    )
    for order, outcome in zip(orders, outcomes, strict=True):
        if isinstance(outcome, Skip):
            raise CarteraError(f"{order.address}: nothing would be sent ({outcome.reason})")
        if not isinstance(outcome, Composed):
            raise outcome
        _print_message(order.address, outcome)


def _print_message(address: str, made: Composed) -> None:
    files = ", ".join(file.name for file in made.attachments if not file.content_id)
    head = f"To: {address}\nSubject: {made.subject}\n"
    head += f"Files: {files}\n" if files else ""
    sys.stdout.write(f"{head}\n{made.text}\n")


def _print_plan(made: Plan, form: Format) -> None:
    """Who would get what, and who would not and why."""
    rows: list[dict[str, Any]] = [_plan_row(row) for row in made.rows]
    if form is Format.json:
        print_json(rows)
        return
    columns = ["client_id", "client", "balances", "to", "problem"]
    shown = [
        {**row, "balances": _text(row["balances"]), "to": ", ".join(row["to"])} for row in rows
    ]
    print_rows(columns, shown, form, empty="No client is chosen by that.")
    if form is Format.table and rows:
        unready = len(made.unready)
        left = f"; {unready} clients get nothing" if unready else ""
        sys.stdout.write(f"{made.messages} messages to {len(made.ready)} clients{left}\n")


def _plan_row(row: PlanRow) -> dict[str, Any]:
    from cartera.money import amount_text

    return {
        "client_id": row.client_id,
        "client": row.name,
        "balances": {
            b.currency: {
                "total": amount_text(b.total, b.currency),
                "overdue": amount_text(b.overdue, b.currency),
            }
            for b in row.balances
        },
        "to": [contact.address for contact in row.recipients],
        "problem": row.problem or None,
    }


def _text(balances: dict[str, dict[str, str]]) -> str:
    return ", ".join(f"{code} {figures['total']}" for code, figures in balances.items())


def _addresses(to: str | None, row: PlanRow, kind: str) -> list[str]:
    """Where to: as typed, each checked; else the contacts who get this kind."""
    from cartera.mail import addresses

    if to is not None:
        good, wrong = addresses.parse(to)
        if wrong or not good:
            named = "; ".join(f"{each.text!r}: {each.reason}" for each in wrong)
            raise UsageError(f"--to: {named or 'no address'}")
        return good
    if not row.recipients:
        raise CarteraError(f"nobody of {row.client_id} gets this ({kind}): name them with --to")
    return [contact.address for contact in row.recipients]


def _address(copy: str | None) -> str:
    from cartera.mail import addresses

    return "" if copy is None else addresses.normal(copy)


def _read_body(path: Path) -> str:
    """The file's text as HTML; plain text keeps its lines."""
    from html import escape

    from cartera.mail.clean import LONGEST_BODY

    try:
        if str(path) == "-":
            text = sys.stdin.read(LONGEST_BODY + 1)
        else:
            with path.open(encoding="utf-8") as handle:
                text = handle.read(LONGEST_BODY + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--body: {path} cannot be read: {error}") from error
    if path.suffix.lower() in (".html", ".htm"):
        return text
    parts = (part.strip() for part in text.split("\n\n"))
    return "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in parts if part)
