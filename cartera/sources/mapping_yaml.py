"""YAML as mapping files use it: plain words stay what a person typed.

Stock YAML 1.1 reads `Yes` as true, `001` as 1, `1.50` as 1.5 and `2024-01-31` as a date; in a
mapping these are texts of the foreign file. Only `true`, `false`, `null`, `~` and whole numbers
keep a type. A key given twice, an alias (`*name`) and a tag (`!!int`) are refused: the first hides
a mistake, the second lets a few lines unfold into gigabytes, the third builds other values.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from cartera.errors import Fault

#: What the parser of YAML says, and what a person understands; `{line}` is where to look.
SAID = {
    r"found character '\\t'": "line {line}: a tab stands where only spaces may",
    r"found character '(?P<character>.)'":
        "line {line}: a text with {character} in front goes in quotes",
    r"mapping values are not allowed":
        "line {line}: a colon too many, or the wrong indentation; a text with a colon goes in"
        " quotes",
    r"quoted scalar.*end of stream": "line {line}: a quote is opened and not closed",
    r"while parsing a flow":
        "line {line}: a bracket or a brace is not closed, or a comma is missing",
    r"could not find expected ':'": "line {line}: a colon is missing, or the space behind it",
    r"": "line {line}: is not YAML; look at indentation, quotes and colons there",
}  # fmt: skip


class NotYaml(ValueError):
    """The text is no YAML as mappings use it; `fault` says where and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class _Loader(yaml.SafeLoader):
    """Builds plain values only, like SafeLoader, from fewer implicit types."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs lack it
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise NotYaml(Fault("line {line}: aliases (*name) are not allowed", line=line))
        if getattr(event, "tag", None) is not None:
            raise NotYaml(Fault("line {line}: tags (!name) are not allowed", line=line))
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise NotYaml(Fault("line {line}: a key must be a plain word", line=line))
            if key.value in seen:
                raise NotYaml(
                    Fault("line {line}: the key “{key}” is given twice", line=line, key=key.value)
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}  # not SafeLoader's, and not shared with it
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile("^(?:0|-?[1-9][0-9]{0,8})$"), list("-0123456789")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(?:~|null|)$"), ["~", "n", ""])


def parse(written: bytes) -> object:
    """The document's plain value; raises `NotYaml` with the place of the mistake."""
    try:
        return yaml.load(written.decode(), Loader=_Loader)  # noqa: S506  # derived from SafeLoader
    except UnicodeDecodeError as error:
        fault = Fault(
            "not {encoding} text: byte {byte} (line {line}) cannot be read; save the file"
            " again as UTF-8",
            encoding="UTF-8",
            byte=error.start,
            line=written[: error.start].count(b"\n") + 1,
        )
        raise NotYaml(fault) from error
    except RecursionError as error:
        raise NotYaml(Fault("is nested too deeply")) from error
    except yaml.reader.ReaderError as error:
        line = written.decode()[: error.position].count("\n") + 1
        raise NotYaml(Fault("line {line}: a character that cannot be shown", line=line)) from error
    except yaml.MarkedYAMLError as error:
        raise NotYaml(_fault(error)) from error


def _fault(error: yaml.MarkedYAMLError) -> Fault:
    said = f"{error.context or ''} {error.problem or ''}"
    pattern = next(pattern for pattern in SAID if re.search(pattern, said))
    found, sentence = re.search(pattern, said), SAID[pattern]
    # What is not closed is to be looked for where it was opened.
    marks = [error.problem_mark, error.context_mark]
    mark = next(filter(None, reversed(marks) if "not closed" in sentence else marks), None)
    return Fault(
        sentence, line=mark.line + 1 if mark else 1, **(found.groupdict() if found else {})
    )
