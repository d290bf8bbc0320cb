"""Refresh: bring the marts up to date with dbt, prove them, publish them.

dbt runs inside this process (its command line takes four seconds to start). Readers keep the
last published snapshot until models *and* tests are good, so they never see figures that do not
tie, nor half of a refresh. A refresh that was cut off is simply run again: what it has to do
follows from the last publication alone.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import cartera
from cartera.config import Settings
from cartera.contract import TABLES
from cartera.errors import RefreshFailed
from cartera.money import currency_decimals
from cartera.store.db import Store
from cartera.store.figure_changes import Comparison
from cartera.store.own_payments import mark_carried
from cartera.store.publications import Publication, current, publish
from cartera.warehouse import (
    client_edits,
    dbt_settings,
    figure_changes,
    held_rows,
    lake_files,
    lake_versions,
    own_payments,
    parsed,
)
from cartera.warehouse.lake import ALIAS, connect, initialise, last_snapshot

if TYPE_CHECKING:
    import duckdb
    from dbt.contracts.graph.manifest import Manifest

_log = logging.getLogger(__name__)
PROJECT = Path(cartera.__file__).parent.parent / "dbt_project"
#: Above this share of changed rows a rebuild is quicker than picking out what changed.
REBUILD_SHARE = 0.3
#: ... but only where there is enough for it to matter.
REBUILD_ROWS = 100_000
#: So few changed rows are one thread's work: a refresh is hundreds of queries over a handful of
#: them, and handing each to several threads takes twice the time (120,000 documents on 2 cores:
#: 2.9 s with one thread, 5.3 s with two).
FEW_ROWS = 10_000
#: Tables of `raw` whose rows become figures.
FED = (*TABLES, "client_edits")
#: Views and table functions only change with the project's files; a changed run skips them.
DEFINITIONS = ["config.materialized:view", "config.materialized:table_function"]


@dataclass(frozen=True, slots=True)
class Node:
    """Outcome of one model or test: `unique_id` as dbt names it, seconds, rows touched."""

    unique_id: str
    name: str
    kind: str
    status: str
    seconds: float
    message: str


@dataclass(frozen=True, slots=True)
class Refresh:
    """Outcome of a refresh; `nodes` is empty when there was nothing to do."""

    publication: Publication | None
    full: bool
    nodes: tuple[Node, ...] = ()


#: hash of the definitions -> what dbt made of them
_manifests: dict[str, Manifest] = {}


def definitions() -> str:
    """Hash of what figures are made by: the dbt project's files, the decimals of currencies and
    the lake's version. Other definitions need a rebuild.
    """
    digest = hashlib.sha256()
    digest.update(repr((lake_versions.newest(), sorted(currency_decimals().items()))).encode())
    for path in sorted(PROJECT.rglob("*")):
        if path.suffix in {".sql", ".yml"} and "target" not in path.parts:
            digest.update(str(path.relative_to(PROJECT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def is_outdated(publication: Publication) -> bool:
    """Whether other definitions made the published figures than this program's."""
    return publication.definitions != definitions()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a refresh has to do: all of it, or what came after batch `since`; up to `last`."""

    since: int
    last: int
    full: bool
    definitions: str
    #: rows that brought a new version since then
    changed: int = 0

    @property
    def is_empty(self) -> bool:
        """Nothing came since the last publication."""
        return not self.full and self.since == self.last


def plan(settings: Settings, store: Store, *, full: bool = False) -> Plan:
    """Decide between a rebuild and the changed keys, from the last publication alone."""
    with closing(connect(settings, read_only=True)) as connection:
        return _plan(connection, store, full=full)


def _plan(connection: duckdb.DuckDBPyConnection, store: Store, *, full: bool) -> Plan:
    publication = current(store)
    known = definitions()
    row = connection.execute(
        f"SELECT coalesce(max(batch_id), 0), coalesce(sum(loaded), 0), "
        f"coalesce(sum(loaded) FILTER (WHERE batch_id > ?), 0) FROM {ALIAS}.raw.batches",
        [publication.batch_seq if publication else -1],
    ).fetchone()
    last, rows, fresh = (int(v) for v in row) if row else (0, 0, 0)
    rebuild = (
        full
        or publication is None
        or publication.definitions != known
        or (fresh > REBUILD_ROWS and fresh > REBUILD_SHARE * rows)
    )
    since = -1 if rebuild or publication is None else publication.batch_seq
    return Plan(since, last, full=rebuild, definitions=known, changed=fresh)


def _quiet(connection: duckdb.DuckDBPyConnection, since: int) -> frozenset[str]:
    """Tables in which no row came after batch `since`."""
    row = connection.execute(
        "SELECT "
        + ", ".join(
            f"EXISTS (FROM {ALIAS}.raw.{table} WHERE batch_id > {int(since)})" for table in FED
        )
    ).fetchone()
    return frozenset(table for table, came in zip(FED, row or (), strict=True) if not came)


def refresh(
    settings: Settings,
    store: Store,
    *,
    full: bool = False,
    on_node: Callable[[Node], None] | None = None,
) -> Refresh:
    """Compute what later batches touched (or everything), prove it, publish it.

    The lake is brought to this program's version first. What people wrote of clients by hand and
    decided about rows that wait, and payments that came in through Cartera, are carried into it, so
    that whoever refreshes shows them. Where another version made the published figures, the
    accounts that this one changes are written down with the publication. The caller holds the
    writer's lock.
    Raises `RefreshFailed` when a model or a test fails; the published figures stay as they were
    and the next refresh starts from them again.
    """
    initialise(settings)
    client_edits.carry(settings, store)
    held_rows.carry(settings, store)
    carried = own_payments.carry(settings, store)
    with closing(connect(settings, read_only=True)) as connection:
        todo = _plan(connection, store, full=full)
        if todo.is_empty:
            mark_carried(store, carried)
            return Refresh(current(store), full=False)
        # Loads that only brought rejects, or nothing new, are published without computing.
        nodes = _compute(settings, connection, todo, on_node)
        last = todo.last
        if nodes and own_payments.fit(settings, store):
            # What the money in favour that we allocate depends on came with these figures.
            more = _after(connection, todo)
            nodes += _compute(settings, connection, more, on_node)
            last = more.last
        lake_files.note(settings, store, connection)
        snapshot = last_snapshot(connection)
    before = current(store)
    changes: Sequence[Comparison] = ()
    if before is not None and before.definitions != todo.definitions:
        changes = figure_changes.compare(settings, store, before, snapshot)
    publication = publish(
        store,
        snapshot_id=snapshot,
        batch_seq=last,
        full=todo.full,
        definitions=todo.definitions,
        changes=changes,
    )
    mark_carried(store, carried)
    return Refresh(publication, full=todo.full, nodes=tuple(nodes))


def _compute(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    todo: Plan,
    on_node: Callable[[Node], None] | None,
) -> list[Node]:
    """Run the models that have something to do. Raises `RefreshFailed`."""
    nodes = []
    if todo.full:
        nodes = run_dbt(settings, todo)
    elif todo.changed:
        nodes = run_dbt(settings, todo, _quiet(connection, todo.since))
    for node in nodes:
        if on_node:
            on_node(node)
    _raise_on_failure(nodes)
    return nodes


def _after(connection: duckdb.DuckDBPyConnection, done: Plan) -> Plan:
    """What came after all that was computed."""
    row = connection.execute(
        f"SELECT max(batch_id), sum(loaded) FROM {ALIAS}.raw.batches WHERE batch_id > ?",
        [done.last],
    ).fetchone()
    last, changed = (int(value) for value in row or (done.last, 0))
    return Plan(done.last, last, full=False, definitions=done.definitions, changed=changed)


def bring_up(settings: Settings, store: Store) -> None:
    """Make lake and figures this version's before new rows come; nothing where they are.

    So what the version changes is told apart from what the rows change. Figures that cannot be
    made are left to the refresh after the rows, which may be what mends them. The caller holds the
    writer's lock.
    """
    initialise(settings)
    publication = current(store)
    if publication is not None and is_outdated(publication):
        try:
            refresh(settings, store)
        except RefreshFailed as error:
            _log.warning("the figures are not brought up to this version yet: %s", error)


def _raise_on_failure(nodes: list[Node]) -> None:
    bad = [n for n in nodes if n.status not in {"success", "pass", "warn", "no-op"}]
    if bad:
        first = next((n for n in bad if n.status != "skipped"), bad[0])
        raise RefreshFailed(f"{first.name}: {' '.join(first.message.split()) or first.status}")


def parse(settings: Settings) -> Manifest:
    """Parse the dbt project, once in a process.

    Reads files alone: neither the lake nor the store need exist. A process that stays up calls it
    once at its start, so that its first refresh is as quick as the others.
    """
    with dbt_settings.given(settings):
        return _parsed(settings, definitions())


def _parsed(settings: Settings, known: str) -> Manifest:
    if known not in _manifests:
        _manifests.clear()
        _manifests[known] = parsed.kept(PROJECT, known) or _parse(settings, known)
    return _manifests[known]


def _parse(settings: Settings, known: str) -> Manifest:
    from dbt.cli.main import dbtRunner  # takes seconds to import: only where it is needed

    outcome = dbtRunner().invoke(["parse", *dbt_arguments(settings, since=-1)])
    if outcome.exception is not None or not outcome.success:
        raise RefreshFailed(f"dbt parse: {outcome.exception}") from outcome.exception
    found = cast("Manifest", outcome.result)
    parsed.keep(PROJECT, known, found)
    return found


def run_dbt(settings: Settings, todo: Plan, quiet: frozenset[str] = frozenset()) -> list[Node]:
    """`dbt build` in this process; the outcome of every model and test.

    Where not all is rebuilt, models that read nothing but `quiet` tables are left as they are.
    """
    threads = settings.threads or (0 if todo.full or todo.changed > FEW_ROWS else 1)
    with dbt_settings.given(settings.model_copy(update={"threads": threads})):
        from dbt.cli.main import dbtRunner

        manifest = _parsed(settings, todo.definitions)
        unchanged = [*DEFINITIONS, "tag:full", *_unchanged(manifest, quiet)]
        select = [] if todo.full else ["--exclude", *unchanged]
        # Unit tests prove the code, not the data: they run in CI, not on every refresh.
        select += ["--exclude-resource-type", "unit_test"]
        arguments = ["build", *dbt_arguments(settings, since=todo.since), *select]
        outcome = dbtRunner(manifest=manifest).invoke(arguments)
    if outcome.exception is not None:
        raise RefreshFailed(f"dbt: {outcome.exception}") from outcome.exception
    return [_node(r) for r in getattr(outcome.result, "results", [])]


def _unchanged(manifest: Manifest, quiet: frozenset[str]) -> list[str]:
    """Models that read nothing but tables in which no row came: they stay as they are."""
    sources = {f"source.cartera.raw.{table}" for table in quiet}
    reads = {name: node.depends_on_nodes for name, node in manifest.nodes.items()}
    return [
        name.rpartition(".")[2]
        for name, parents in reads.items()
        if name.startswith("model.") and parents and sources.issuperset(parents)
    ]


def unit_tests(settings: Settings) -> list[Node]:
    """Run the models' unit tests against a lake that was refreshed once."""
    with dbt_settings.given(settings):
        from dbt.cli.main import dbtRunner

        manifest = _parsed(settings, definitions())
        outcome = dbtRunner(manifest=manifest).invoke(
            ["test", *dbt_arguments(settings, since=-1), "--select", "test_type:unit"]
        )
    if outcome.exception is not None:
        raise RefreshFailed(f"dbt: {outcome.exception}") from outcome.exception
    return [_node(r) for r in getattr(outcome.result, "results", [])]


def dbt_arguments(settings: Settings, *, since: int) -> list[str]:
    """Arguments common to every dbt call: where the project is, quiet, state kept in home."""
    return [
        "--project-dir", str(PROJECT),
        "--profiles-dir", str(PROJECT),
        "--target-path", str(settings.root / "dbt" / "target"),
        "--log-path", str(settings.root / "dbt" / "logs"),
        "--vars", f"{{since: {since}}}",
        "--quiet",
        "--log-level-file", "none",
        "--no-write-json",
    ]  # fmt: skip


def _node(result: Any) -> Node:
    return Node(
        unique_id=str(result.node.unique_id),
        name=str(result.node.name),
        kind=str(result.node.resource_type),
        status=str(result.status),
        seconds=float(result.execution_time or 0),
        message=str(result.message or ""),
    )
