"""Every client of the sample company: what a mail says is the sum of the rows that it names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from cartera.mail import texts
from cartera.mail.outgoing import Composed, Order, Skip
from cartera.render.words import Words
from cartera.sample import COMPANY_ID
from cartera.warehouse.mail_clients import MailClientsAsked
from tests.mail.orders import LINK
from tests.mail.seen import amounts, html_rows, sums, text_rows
from tests.mail.test_sample_mails import Office, office  # noqa: F401  # fixture


def clients(office: Office) -> list[tuple[str, str]]:  # noqa: F811
    """Id and language of all of them."""
    found = office.reader.mail_clients(office.company, MailClientsAsked(office.today))
    assert len(found) == 60
    return [(client.client_id, client.language or "es") for client in found]


def test_the_rows_of_a_statement_are_its_balance(office: Office) -> None:  # noqa: F811
    # The figures by another way: the aging of all clients, not a statement of one.
    owed: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for row in office.reader.aging(COMPANY_ID, as_of=office.today).rows:
        owed[row.client_id][row.currency] = row.total
    wanted = clients(office)
    orders = [office.order(client, language=language) for client, language in wanted]
    for (client, language), made in zip(wanted, office.compose(*orders), strict=True):
        assert isinstance(made, Composed), made
        words = Words(language, office.company.country)
        for currency, total in owed[client].items():
            heading = words.t("Open documents in {currency}", currency=currency)
            assert sums(text_rows(made.text, heading, language)) == total, (client, currency)
            assert sums(html_rows(made.html, heading, language)) == total, (client, currency)


def test_the_rows_of_a_reminder_are_its_figure(office: Office) -> None:  # noqa: F811
    wanted = clients(office)
    orders = [
        Order(
            "reminder", client, "", "a@b.co", language,
            replace(texts.default("reminder-second", language), statement=False), LINK,
        )
        for client, language in wanted
    ]  # fmt: skip
    reminded = 0
    for (client, language), made in zip(wanted, office.compose(*orders), strict=True):
        if made == Skip("nothing_due"):
            continue
        assert isinstance(made, Composed), made
        reminded += 1
        figures, words = amounts(made.subject, language), Words(language, office.company.country)
        assert figures
        for currency, figure in figures.items():
            heading = words.t("This message is about")
            if len(figures) > 1:
                heading = words.t("This message is about, in {currency}", currency=currency)
            assert sums(text_rows(made.text, heading, language)) == figure, client
            assert sums(html_rows(made.html, heading, language)) == figure, client
    assert reminded > 30
