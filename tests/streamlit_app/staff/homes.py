"""The sample company as staff find it: a refused row, one that waits, and two people."""

from __future__ import annotations

import pytest

from cartera.sample import COMPANY_ID
from tests.sample_home import SampleHome, build
from tests.streamlit_app.accounts import account
from tests.streamlit_app.desks import REFUSED


def own(tmp_path_factory: pytest.TempPathFactory) -> SampleHome:
    """A home with it for whoever asks."""
    folder = tmp_path_factory.mktemp("sample") / "home"
    return build(folder, name="staff", prepare=_prepare)


def _prepare(home: SampleHome) -> None:
    bad = home.folder / "bad"
    bad.mkdir()
    (bad / REFUSED).write_text(
        "client_id,name,credit_limit\n,Sin código S.A.S.,\nbueno,Cliente Bueno S.A.S.,muchísimo\n"
    )
    (bad / "allocations_solas.csv").write_text(
        "allocation_id,kind,amount,document_id\nespera-1,discount,10.00,documento-que-no-llega\n"
    )
    home.load(bad / REFUSED, bad / "allocations_solas.csv")
    for role in ("administrator", "reader"):
        account(home.store, role, company_id=COMPANY_ID)
