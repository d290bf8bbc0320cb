"""Mails about notices in words: what staff are told of, and what a client hears of it.

What people wrote stands in them as a quotation, escaped; nothing in it is filled in or followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from html import escape

from cartera.mail.outgoing import Content
from cartera.notices.terms import METHODS, WHYS, Kind, Notice, State
from cartera.render.text import clip
from cartera.render.words import Words

#: Documents named in a mail; the page has them all.
MOST_NAMED = 8
#: Letters of a name in a subject.
_NAME = 80
#: English texts of `cartera/locale/*/queue.po`: what staff get, and what clients hear.
NEWS: dict[Kind, str] = {
    "payment": "Payment reported: {client}, {amount}",
    "promise": "Promise to pay by {day}: {client}",
    "dispute": "Dispute of {documents}: {client}",
    "comment": "Comment of {client}",
}
VERDICT_SUBJECTS: dict[tuple[Kind, State], str] = {
    ("payment", "accepted"): "{company}: we confirmed your payment",
    ("payment", "rejected"): "{company}: we could not confirm your payment",
    ("promise", "closed"): "{company}: about your promise to pay",
    ("dispute", "accepted"): "{company}: you are right about {documents}",
    ("dispute", "rejected"): "{company}: we looked into {documents}",
    ("dispute", "closed"): "{company}: we looked into {documents}",
    ("comment", "closed"): "{company}: about what you wrote",
}
VERDICTS: dict[tuple[Kind, State], str] = {
    ("payment", "accepted"): "We confirmed your payment of {amount} of {day}. It shows in your "
    "account within moments.",
    ("payment", "rejected"): "We could not confirm the payment of {amount} of {day} that you "
    "reported.",
    ("promise", "closed"): "We took note of your promise to pay by {day}.",
    ("dispute", "accepted"): "You are right about {documents}. We are correcting it.",
    ("dispute", "rejected"): "We looked into what you told us about {documents}: the document "
    "stands as it is.",
    ("dispute", "closed"): "We looked into what you told us about {documents}.",
    ("comment", "closed"): "We read what you wrote to us on {written}.",
}
#: Of the payment that was reported, less.
IN_PART = (
    "Of the payment of {reported} of {day} that you reported we confirmed {amount}. It shows in "
    "your account within moments."
)
TAKEN_BACK_SUBJECT = "{company}: a correction of your payment"
TAKEN_BACK = (
    "We had confirmed your payment of {amount} of {day}. Looking again, we had to take it back: "
    "what it paid is open again."
)
ANSWER_SUBJECTS: dict[Kind, str] = {
    "payment": "{company}: about the payment that you reported",
    "promise": "{company}: about your promise to pay",
    "dispute": "{company}: about {documents}",
    "comment": "{company}: about what you wrote",
}
ANSWERED = "We write to you about what you told us on {written}."


def to_staff(notice: Notice, client: str, words: Words, *, url: str, written: str) -> Content:
    """What somebody who works here gets when a client writes. `written`: moment, in words."""
    values = _values(notice, words, written) | {"client": clip(client, _NAME)}
    subject = words.t(NEWS[notice.kind], **values)
    rows = "".join(f"<li>{escape(line)}</li>" for line in _lines(notice, words, written))
    link = f'<p><a href="{escape(url)}">{escape(words.t("Open it in Cartera"))}</a></p>'
    body = f"<p><strong>{escape(clip(client))}</strong></p><ul>{rows}</ul>{_quote(notice.text)}"
    return Content(subject=clip(subject), body=body + link, statement=False)


def decided(
    notice: Notice, company: str, words: Words, *, written: str, text: str, amount: Decimal | None
) -> Content:
    """What became of a client's notice. `text`: what staff say to it; `amount`: what was accepted
    of a payment.
    """
    key = (notice.kind, notice.state)
    values = _values(notice, words, written)
    sentence = VERDICTS[key]
    if amount is not None and notice.amount is not None and amount < notice.amount:
        sentence = IN_PART
        values["reported"] = values["amount"]
    if amount is not None:
        values["amount"] = words.amount(amount, notice.currency)
    return _to_client(notice, company, words, VERDICT_SUBJECTS[key], sentence, text, values)


def answered(notice: Notice, company: str, words: Words, *, written: str, text: str) -> Content:
    """What staff say to a client's notice."""
    values = _values(notice, words, written)
    return _to_client(notice, company, words, ANSWER_SUBJECTS[notice.kind], ANSWERED, text, values)


def taken_back(
    notice: Notice, company: str, words: Words, *, written: str, amount: Decimal
) -> Content:
    """That a payment which had been accepted counts no more."""
    values = _values(notice, words, written) | {"amount": words.amount(amount, notice.currency)}
    return _to_client(notice, company, words, TAKEN_BACK_SUBJECT, TAKEN_BACK, "", values)


def _to_client(
    notice: Notice,
    company: str,
    words: Words,
    subject: str,
    sentence: str,
    text: str,
    values: dict[str, str],
) -> Content:
    t = words.t
    parts = [f"<p>{escape(t('Dear client:'))}</p>", f"<p>{escape(t(sentence, **values))}</p>"]
    if text:
        parts += [f"<p>{escape(t('Our answer:'))}</p>", _quote(text)]
    if notice.text:
        parts += [f"<p>{escape(t('You had written:'))}</p>", _quote(notice.text)]
    named = t(subject, company=clip(company, _NAME), **values)
    return Content(subject=clip(named), body="".join(parts), statement=False)


def _lines(notice: Notice, words: Words, written: str) -> Iterator[str]:
    t = words.t
    yield t("Written on {written}", written=written)
    if notice.amount is not None:
        yield t("Amount: {amount}", amount=words.amount(notice.amount, notice.currency))
    if notice.day is not None:
        name = "Promised for {day}" if notice.kind == "promise" else "Paid on {day}"
        yield t(name, day=words.day(notice.day))
    if method := METHODS.get(notice.method):
        yield t("By: {method}", method=t(method))
    if notice.reference:
        yield t("Reference: {reference}", reference=clip(notice.reference))
    if why := WHYS.get(notice.reason):
        yield t("Why: {why}", why=t(why))
    if notice.documents:
        yield t("Documents: {documents}", documents=_documents(notice, words))
    if notice.proof is not None:
        yield t("With a proof: {name}", name=clip(notice.proof.name))


def _values(notice: Notice, words: Words, written: str) -> dict[str, str]:
    amount = notice.amount
    return {
        "amount": "" if amount is None else words.amount(amount, notice.currency),
        "day": words.day(notice.day) if notice.day else "",
        "documents": _documents(notice, words),
        "written": written,
    }


def _documents(notice: Notice, words: Words) -> str:
    numbers = [clip(number, _NAME) for number in notice.numbers]
    shown = ", ".join(numbers[:MOST_NAMED])
    if len(numbers) > MOST_NAMED:
        return words.t("{documents} and {count} more", documents=shown,
                       count=len(numbers) - MOST_NAMED)  # fmt: skip
    return shown


def _quote(text: str) -> str:
    lines = "<br>".join(escape(line) for line in text.strip().splitlines())
    return f"<blockquote>{lines}</blockquote>" if lines else ""
