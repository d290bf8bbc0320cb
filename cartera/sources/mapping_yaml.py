"""YAML as mapping files use it: plain words stay what a person typed.

Stock YAML 1.1 reads `Yes` as true, `001` as 1, `1.50` as 1.5 and `2024-01-31` as a date; in a
mapping these are texts of the foreign file. Only `true`, `false`, `null`, `~` and whole numbers
keep a type. A key given twice and an alias (`*name`) are refused: the first hides a mistake, the
second lets a few lines unfold into gigabytes.
"""

from __future__ import annotations

import re
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """Builds plain values only, like SafeLoader, from fewer implicit types."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.get_mark()
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not allowed", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a plain word", key.start_mark
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} is given twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}  # not SafeLoader's, and not shared with it
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile("^(?:0|-?[1-9][0-9]{0,8})$"), list("-0123456789")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(?:~|null|)$"), ["~", "n", ""])


def parse(text: str) -> object:
    """The document's plain value; raises `yaml.YAMLError` with the place of the mistake."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506  # derived from SafeLoader
