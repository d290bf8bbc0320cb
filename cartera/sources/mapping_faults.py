"""What is wrong with a mapping file, all of it, in sentences that have a translation."""

from __future__ import annotations

from typing import Any

from pydantic_core import ErrorDetails, PydanticCustomError

from cartera.errors import Fault
from cartera.sources import lacking

#: pydantic's words where a bookkeeper would not understand them.
SAID = {
    "extra_forbidden": "there is no such key",
    "missing": "is required",
    "model_type": "must be a list of keys and values",
    "dict_type": "must be a list of keys and values",
    "tuple_type": "must be a list",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be one of {expected}",
    "string_too_long": "is too long",
    "string_too_short": "must not be empty",
    "too_short": "needs at least one",
}


def wrong(*faults: Fault) -> PydanticCustomError:
    """Faults as pydantic carries them from a validator."""
    return PydanticCustomError("faults", "wrong", {"faults": faults})


def unreadable(error: OSError) -> Fault:
    """Why the file's bytes do not come."""
    if isinstance(error, FileNotFoundError):
        return Fault("there is no such file or folder")
    return Fault(error.strerror or "cannot be read")


def all_faults(errors: list[ErrorDetails], content: Any) -> list[Fault]:
    """Everything that is wrong, one place after the other.

    pydantic does not look at a part as a whole where something in it is wrong, and counts parts
    without those; both would hide a fault behind another one.
    """
    places = [error["loc"] for error in errors]
    inner = [
        error
        for error in errors
        if error["type"] != "too_short" or not any(_is_within(place, error) for place in places)
    ]
    faults = [fault for error in inner for fault in _faults(error)]
    parts = content.get("tables") if isinstance(content, dict) else None
    for number, part in enumerate(parts if isinstance(parts, list) else ()):
        where = f"tables.{number}"
        table, columns = (
            (part.get("table"), part.get("columns")) if isinstance(part, dict) else ("", "")
        )
        if isinstance(table, str) and isinstance(columns, dict):
            said = {str(fault) for fault in faults}
            found = lacking.in_mapping(table, list(map(str, columns)))
            faults += [one for one in (fault.at(where) for fault in found) if str(one) not in said]
    return faults


def _is_within(place: tuple[int | str, ...], error: ErrorDetails) -> bool:
    outer = error["loc"]
    return len(place) > len(outer) and place[: len(outer)] == outer


def _faults(found: ErrorDetails) -> list[Fault]:
    """What pydantic found at one place, as faults of that place."""
    where = ".".join(map(str, found["loc"])) or "file"
    context = found.get("ctx", {})
    if found["type"] == "faults":
        return [fault.at(where) for fault in context["faults"]]
    if found["type"] in SAID:
        values = {name: context[name] for name in ("ge", "le", "expected") if name in context}
        if "expected" in values:
            values["expected"] = values["expected"].replace(" or ", ", ")
        return [Fault(SAID[found["type"]], **values).at(where)]
    return [Fault(found["msg"]).at(where)]
