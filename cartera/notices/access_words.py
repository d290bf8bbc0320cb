"""What staff are told of somebody who asks for a link from an address that nobody here has."""

from __future__ import annotations

from html import escape

from cartera.i18n import Translator
from cartera.mail.outgoing import Content
from cartera.render.text import clip


def to_staff(address: str, tr: Translator, *, url: str) -> Content:
    """The mail of a day; later requests of it are on the page, which `url` leads to."""
    t = tr.t
    subject = t("Somebody asks for access from an unknown address")
    told = t(
        "{address} asked for a new link. It is no contact of any client: nothing was sent to it.",
        address=clip(address),
    )
    more = t("If you know the person, add the address as a contact and send them their link.")
    link = f'<p><a href="{escape(url)}">{escape(t("Open it in Cartera"))}</a></p>'
    body = f"<p>{escape(told)}</p><p>{escape(more)}</p>{link}"
    return Content(subject=subject, body=body, statement=False)
