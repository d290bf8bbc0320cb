"""Migrations that have landed are never edited: databases exist that have run their text.

0003 and 0004 once were, and the databases made in between went on to 0006 without the columns and
tables that were added then (`test_old_stores`).
"""

from __future__ import annotations

import hashlib

import pytest

from cartera.store.db import MIGRATIONS

#: SHA-256 of each migration as it landed.
LANDED = {
    "0001_links.py": "6f22bde59e782870f16031d984110c9604a27afa84ac52e19fc25b7c22651bdc",
    "0002_accounts.py": "cd8ab601d982faaef19a5a4bec090455e43498d34625df37e6e3fa1ffbf553ac",
    "0003_mail.py": "0a2c968f39462cd7cf35685be55088f3bf93e57bd256bf1f05def416423e6661",
    "0004_reminders.py": "2969f26b0a99b5fa94d9e6e6fbdc3be5c0e6b67d1396bc570f3a260a9ea50730",
    "0005_notices.py": "071baabcfe612b016479840d23d8e4a445c1cf54115209af92e43db258700312",
    "0006_online_payments.py": "d77ad2bfe857ca90b909976a414c3777ce3f61a73772b365dea48918cdc91bd6",
    "0007_early_homes.py": "38fefa41b3b9896804e5f0e2e8fbd163bea92f8483d58b1839cee9143015d300",
    "0008_figure_changes.py": "a8c7cbf7df863febb8d923d7c5994961e64b52223e1f4eeaa850aea41f096da0",
    "0009_held_decisions.py": "982066a85ac242bc63a24a7d38e30aaeadf526276c9f242efa5a76a9c993437c",
    "0010_lake_files.py": "d8f26574d29ed51261f17677eef55b217f45445cfb8a3d74509c29407dbda20f",
    "0011_loaded_files.py": "ed2b38161e790f6983c74d49def90c9d7c989bce035f231db37e56b9f24e57cd",
    "0012_keys.py": "e2a1d892a2accc09928759dfdec69734ceb1df9e2d9ec06a819a28def57ea02e",
}
FILES = sorted(file.name for file in (MIGRATIONS / "versions").glob("*.py"))


@pytest.mark.parametrize("name", sorted({*LANDED, *FILES}))
def test_a_landed_migration_is_as_it_landed(name: str) -> None:
    assert name in FILES, f"{name} is gone, and databases have run it: bring it back as it was"
    found = hashlib.sha256((MIGRATIONS / "versions" / name).read_bytes()).hexdigest()
    assert name in LANDED, f'{name} is new: once it is final, add "{name}": "{found}" to LANDED'
    assert found == LANDED[name], (
        f"{name} has landed, and databases have run it as it was: take the edit back and "
        "add a new migration instead"
    )
