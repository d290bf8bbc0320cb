"""How dbt's models and tests are called in Dagster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject


class Translator(DagsterDbtTranslator):
    """Keys are the lake's own names (`marts/aging`); groups are the layers."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return str(dbt_resource_props["schema"])

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        """dagster-dbt makes no check of a test that reads several models; we want every one."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        test = manifest["nodes"][unique_id]
        if spec is not None or test.get("attached_node") or len(test["depends_on"]["nodes"]) < 2:
            return spec
        model = last_model(manifest, test)
        if model is None or self.get_asset_key(manifest["nodes"][model]) != asset_spec.key:
            return None
        return dg.AssetCheckSpec(
            name=test["name"],
            asset=asset_spec.key,
            description=test.get("description"),
            metadata={UNIQUE_ID: unique_id},
            blocking=True,
        )


#: Where dagster-dbt notes which dbt node a spec was made from.
UNIQUE_ID = "dagster_dbt/unique_id"


def last_model(manifest: Mapping[str, Any], test: Mapping[str, Any]) -> str | None:
    """Of the models that a test reads, one that none of the others is made from."""
    nodes = manifest["nodes"]
    read = sorted(name for name in test["depends_on"]["nodes"] if name in nodes)
    below = {above for name in read for above in _above(nodes, name)}
    return next((name for name in read if name not in below), None)


def _above(nodes: Mapping[str, Any], unique_id: str) -> set[str]:
    """Everything that a model is made from, however far up."""
    found: set[str] = set()
    todo = [unique_id]
    while todo:
        for parent in nodes.get(todo.pop(), {}).get("depends_on", {}).get("nodes", []):
            if parent not in found:
                found.add(parent)
                todo.append(parent)
    return found
