"""The daily mail in words: short lines with figures, each with the page that shows more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cartera.config import Company
from cartera.i18n import Translator
from cartera.mail.outgoing import Content, Kind, Reason
from cartera.render.text import clip

if TYPE_CHECKING:
    from cartera.mail.daily import Day

#: English texts of `cartera/locale/*/reminder_mail.po`.
SENT: dict[Kind, str] = {
    "reminder": "Reminders: {count}",
    "statement": "Account statements: {count}",
    "invoice": "Invoices: {count}",
    "receipt": "Receipts: {count}",
    "access": "New links that clients asked for: {count}",
    "answer": "Answers to what clients wrote: {count}",
}
WAITS: dict[Reason, str] = {
    "window": "Outside the hours in which clients are reminded: {count}, until {until}",
    "deferred": "Put off by the recipient's server: {count}, tried again at {until}",
    "unreachable": "No mail server answered: {count}, tried again at {until}",
}
OTHER_WAITS = "Planned for later: {count}, the first at {until}"
ENVIOS, PROBLEMS = "/envios", "/envios?state=problems"
REMINDERS, DATA, FIGURES = "/recordatorios", "/datos", "/cifras"


def content(day: Day, company: Company, tr: Translator, staff_url: str) -> Content:
    """Subject and body; there is a line only for what is not nothing."""
    t = tr.t
    parts = [
        _part(t("Sent since {moment}", moment=_moment(day.since, company, tr)), _sent(day, tr)),
        _part(t("Did not arrive"), _lost(day, tr)),
        _part(t("Waiting"), _waiting(day, company, tr)),
        _part(t("Needs somebody"), _needs(day, tr)),
    ]
    body = "".join(
        f"<h3>{escape(heading)}</h3><ul>{_lines(lines, staff_url)}</ul>"
        for heading, lines in parts
        if lines
    )
    subject = t("{company}: summary of {day}", company=clip(company.name, 80), day=tr.day(day.day))
    return Content(subject=subject, body=body, statement=False, is_daily=True)


#: A line, and the page that it leads to.
_Line = tuple[str, str]


def _part(heading: str, lines: Iterator[_Line]) -> tuple[str, list[_Line]]:
    return heading, list(lines)


def _lines(lines: list[_Line], staff_url: str) -> str:
    return "".join(
        f'<li><a href="{escape(staff_url + path)}">{escape(text)}</a></li>'
        if path
        else f"<li>{escape(text)}</li>"
        for text, path in lines
    )


def _sent(day: Day, tr: Translator) -> Iterator[_Line]:
    for kind, words in SENT.items():
        if count := day.mail.sent.get(kind):
            yield tr.t(words, count=count), f"{ENVIOS}?kind={kind}"


def _lost(day: Day, tr: Translator) -> Iterator[_Line]:
    mail = day.mail
    if mail.bounced:
        yield tr.t("Came back: {count}", count=mail.bounced), PROBLEMS
    if mail.failed:
        yield tr.t("Could not be sent: {count}", count=mail.failed), PROBLEMS
    for one in mail.lost:
        yield tr.t("{address}, client {client}", address=one.address, client=one.client_id), ""


def _waiting(day: Day, company: Company, tr: Translator) -> Iterator[_Line]:
    for waits in day.mail.waiting:
        words = WAITS.get(waits.reason, OTHER_WAITS)
        until = _moment(waits.until, company, tr)
        yield tr.t(words, count=waits.count, until=until), f"{ENVIOS}?state=pending"
    if day.reminders_wait:
        said = tr.t("Clients to be reminded when the hours allow it: {count}",
                    count=day.reminders_wait)  # fmt: skip
        yield said, REMINDERS


def _needs(day: Day, tr: Translator) -> Iterator[_Line]:
    t, mail = tr.t, day.mail
    if day.has_unseen_figures:
        yield t("A new version changed figures: mail that goes by itself waits for you"), FIGURES
    if day.is_stale and day.payments_on:
        on = tr.day(day.payments_on)
        yield t("No payments were loaded since {day}: reminders wait for them", day=on), DATA
    elif day.is_stale:
        yield t("No payments were ever loaded: reminders wait for them"), DATA
    if mail.in_doubt:
        yield t("In doubt whether they arrived: {count}", count=mail.in_doubt), PROBLEMS
    if mail.held:
        yield t("Held back from mailings that were sent: {count}", count=mail.held), ENVIOS
    if day.no_contact:
        said = t("Clients to be reminded without anybody to write to: {count}",
                 count=day.no_contact)  # fmt: skip
        yield said, f"{REMINDERS}?reason=no_contact"
    if day.unsent:
        yield t("New invoices that were not mailed: {count}", count=day.unsent), ENVIOS
    if day.refused_rows:
        yield t("Rows of files that were refused: {count}", count=day.refused_rows), DATA
    if day.waiting_rows:
        yield t("Rows that wait for another one: {count}", count=day.waiting_rows), DATA


def _moment(at: datetime, company: Company, tr: Translator) -> str:
    local = at.astimezone(ZoneInfo(company.timezone))
    return f"{tr.day(local.date())} {local:%H:%M}"
