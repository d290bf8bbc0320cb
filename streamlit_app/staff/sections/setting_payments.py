"""How clients pay on their pages: which gateways are on, whether their keys are set and good, the
least amount. Keys stand in the server's environment; no page shows or changes them.
"""

from __future__ import annotations

from functools import lru_cache

import streamlit as st
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from cartera.gateways import keys, registry
from cartera.gateways.base import Checked, GatewayError, Refused
from cartera.gateways.registry import Account
from cartera.online.events import address_of
from cartera.store import pay_settings
from cartera.store.client_edits import amount as typed_amount
from cartera.store.pay_settings import PaySettings
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.said import do, done
from streamlit_app.staff.sections.setting_fields import SAVED

#: How often a gateway is asked by this button, for each company.
OFTEN = parse("6 per minute")


def draw(here: Here) -> None:
    """What is on, on the left; the gateways with their keys on the right."""
    accounts = registry.accounts(here.company.id)
    left, right = st.columns([1, 1], gap="large")
    with left:
        show(here, "title", title=here.t("How clients can pay on their pages"))
        _form(here, accounts)
    with right:
        for account in accounts:
            _gateway(here, account)


def _form(here: Here, accounts: list[Account]) -> None:
    saved = pay_settings.of_company(here.store, here.company.id)
    currency = here.company.currency
    with st.form("settings_payments", border=False):
        on = []
        for account in accounts:
            name = account.maker.NAME
            is_on = name in saved.gateways
            if st.toggle(
                account.maker.TITLE, value=is_on, key=f"pay_{name}",
                disabled=not (account.is_ready or is_on),
            ):  # fmt: skip
                on.append(name)
            st.caption(_about(here, account, is_on=is_on))
        written = here.tr.money(saved.minimum, currency)
        typed = st.text_input(
            here.t("The least that is paid at once, in {currency}", currency=currency),
            written, key="pay_minimum", max_chars=40, autocomplete="off",
        )  # fmt: skip
        st.caption(
            here.t("Who owes less pays all of it. Gateways may have a minimum of their own.")
        )
        parts = st.toggle(
            here.t("Documents may be paid in part"), value=saved.parts, key="pay_parts"
        )
        st.caption(here.t("Off: clients choose documents, and pay each of them whole."))
        pressed = st.form_submit_button(here.t("Save"), type="primary")
    if pressed:
        do(
            here,
            lambda: _save(here, on, saved, typed, written, parts=parts),
            lambda changed: done(SAVED if changed else "Nothing had changed."),
        )


def _save(
    here: Here, on: list[str], saved: PaySettings, typed: str, written: str, *, parts: bool
) -> bool:
    """Raises `Refusal` for a minimum that is no amount."""
    # A gateway that this version does not have stays as it was saved.
    kept = [name for name in saved.gateways if name not in registry.MODULES]
    minimum = saved.minimum if typed.strip() == written else typed_amount(typed or "0")
    wanted = PaySettings(
        gateways=(*on, *kept), minimum=minimum, currency=here.company.currency, parts=parts
    )
    return pay_settings.save(here.store, here.company.id, wanted, by=here.person, now=here.now)


def _about(here: Here, account: Account, *, is_on: bool) -> str:
    if account.maker.SIMULATION:
        words = here.t("A simulation: no money moves. For trying things out.")
    elif account.is_ready:
        words = here.t("Its keys are set.")
    else:
        words = here.t("Its keys are not set: see beside this.")
    if is_on and not account.is_ready:
        words = here.t("It is on, but clients do not see it until its keys are set.")
    return words


def _gateway(here: Here, account: Account) -> None:
    """Names of its variables, where its notices go, and a test."""
    maker = account.maker
    show(
        here,
        "setting_gateway",
        code=maker.NAME,
        title=maker.TITLE,
        simulation=maker.SIMULATION,
        wrong="" if not account.is_ready else _wrong(here, maker.NAME),
        keys=[
            {
                "variable": one.variable,
                "says": here.t(one.key.text),
                "state": here.t("set") if one.is_set else here.t("not needed")
                if one.key.is_optional else here.t("missing"),
                "tone": "credit" if one.is_set else "" if one.key.is_optional else "late",
            }
            for one in keys.settings(here.company.id, maker.KEYS)
        ],
        address=address_of(here.settings, here.company.id, maker.NAME),
    )  # fmt: skip
    if account.is_ready and st.button(
        here.t("Test {gateway}", gateway=maker.TITLE), key=f"test_{maker.NAME}",
        icon=":material/network_check:",
    ):  # fmt: skip
        _test(here, maker.NAME)


def _wrong(here: Here, name: str) -> str:
    """Why its keys cannot be any; names of variables, never what they hold."""
    try:
        registry.gateway(here.company.id, name)
    except Refused as refused:
        return here.t("These keys cannot be used: {why}", why=str(refused))
    return ""


def _test(here: Here, name: str) -> None:
    """Ask it something harmless, not too often."""
    here.person.must("settings", here.company.id)
    if not _limiter().hit(OFTEN, here.company.id, name):
        st.warning(here.t("That was tested often just now; wait a minute."))
        return
    try:
        checked = registry.gateway(here.company.id, name).check()
    except GatewayError:
        checked = Checked(False, "The gateway does not answer, or refuses these keys.")
    details = " · ".join(plain(value) for value in checked.details.values() if value)
    text = here.t(checked.text) + (f" ({details})" if details else "")
    if checked.is_good:
        st.success(text, icon=":material/check_circle:")
    else:
        st.error(text, icon=":material/error:")


@lru_cache(maxsize=1)
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())
