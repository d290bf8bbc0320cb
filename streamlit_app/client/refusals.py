"""What a client reads when a link does not open: what happened and what to do, never why."""

from __future__ import annotations

from cartera.i18n import Translator
from streamlit_app.client.access import Access

#: HTTP status per state: an address that never was, and one that is no more.
STATUS = {"unknown": 404, "expired": 410, "revoked": 410, "live": 404}


def words(access: Access, tr: Translator) -> tuple[str, str]:
    """Title and sentence for a link that is not live, or whose account has nothing yet."""
    if access.state == "expired":
        return (
            tr.t("This link has expired"),
            tr.t("For your safety links live a limited time. Ask us for a new one."),
        )
    if access.state == "revoked":
        return (
            tr.t("This link is no longer valid"),
            tr.t("It was replaced or closed. Ask us for a new one."),
        )
    if access.state == "live":
        return (
            tr.t("There is nothing to show yet"),
            tr.t("Your account statement appears here as soon as it has its first document."),
        )
    return (
        tr.t("We could not open this page"),
        tr.t("Open the link that you received by mail once more, or ask us for a new one."),
    )
