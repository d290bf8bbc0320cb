"""A version that is released has its home here; between releases nothing is asked for."""

from __future__ import annotations

import re
from pathlib import Path

import cartera
from tests.homes import packing

ROOT = Path(__file__).parents[2]
#: Homes that were kept under a commit's name, before there were releases.
KEPT_AS = {"0.1.0": "f670847"}


def test_a_released_version_has_its_home() -> None:
    """Red? `make home VERSION=…` with the release's code, and commit it (docs/releasing.md)."""
    released = re.findall(
        r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    if cartera.__version__ in released:
        name = KEPT_AS.get(cartera.__version__, cartera.__version__)
        assert name in {path.name.removesuffix(packing.ENDING)[3:] for path in packing.kept()}


def test_homes_are_numbered_in_the_order_in_which_they_were_left() -> None:
    numbers = [int(path.name[:2]) for path in packing.kept()]
    assert numbers == list(range(1, len(numbers) + 1))
