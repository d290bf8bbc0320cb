"""What clients may do on their pages: by company, and where it differs, by client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from cartera.notices.terms import Kind

Right = Literal["pay", "report", "promise", "dispute", "comment", "download"]
RIGHTS: tuple[Right, ...] = get_args(Right)
#: The right that a kind of notice needs.
OF_KIND: Mapping[Kind, Right] = {
    "payment": "report", "promise": "promise", "dispute": "dispute", "comment": "comment",
}  # fmt: skip


class Rights(BaseModel):
    """What a client may do. `promise_days`: how far ahead a promise may lie."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pay: bool = True
    report: bool = True
    promise: bool = True
    dispute: bool = True
    comment: bool = True
    download: bool = True
    promise_days: int = Field(default=30, ge=1, le=180)

    def may(self, right: Right) -> bool:
        """Whether this is allowed."""
        return bool(getattr(self, right))

    def over(self, changes: Mapping[Right, bool]) -> Rights:
        """These, with what differs for one client."""
        return self.model_copy(update={str(name): may for name, may in changes.items()})
