"""Dagster's own home: `$CARTERA_HOME/dagster` with its settings, run history and logs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import yaml

from cartera.config import Settings

HEADER = "# Written by Cartera at every start; change pipelines/instance.py, not this file.\n"
#: Under this name Dagster keeps what it knows of sensors and schedules: the same at every start.
LOCATION = "cartera"
#: Ticks come every few seconds and say little; days to keep them, by outcome.
TICK_DAYS = {"skipped": 1, "started": 1, "success": 7, "failure": 30}


def dagster_home(settings: Settings) -> Path:
    """The folder that `DAGSTER_HOME` names."""
    return settings.root / "dagster"


def write_instance(settings: Settings) -> Path:
    """Write `dagster.yaml` where it is missing or differs; the folder for DAGSTER_HOME."""
    home = dagster_home(settings)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / "dagster.yaml"
    wanted = HEADER + yaml.safe_dump(dagster_yaml(home), sort_keys=False)
    if not path.exists() or path.read_text("utf-8") != wanted:
        # Replaced as a whole: another process may be reading it.
        with tempfile.NamedTemporaryFile("w", dir=home, delete=False, encoding="utf-8") as fresh:
            fresh.write(wanted)
        os.replace(fresh.name, path)  # noqa: PTH105
    return home


def write_workspace(folder: Path, socket: Path) -> Path:
    """Tell the webserver where the code is; a file, since no option gives the location's name."""
    server = {"socket": str(socket), "host": "localhost", "location_name": LOCATION}
    path = folder / "workspace.yaml"
    path.write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}), encoding="utf-8")
    return path


def dagster_yaml(home: Path) -> dict[str, Any]:
    """Settings of the instance."""
    return {
        "telemetry": {"enabled": False},
        # Dagster's own invitation to leave a mail address, in the way of whoever opens the page.
        "nux": {"enabled": False},
        "storage": {
            "custom": {
                "module": "pipelines.storage",
                "class": "SqliteStorage",
                "config": {"base_dir": str(home / "storage")},
            }
        },
        "local_artifact_storage": {
            "module": "dagster._core.storage.root",
            "class": "LocalArtifactStorage",
            "config": {"base_dir": str(home)},
        },
        # Capturing output redirects that of the whole process, and fast runs share the daemon's.
        "compute_logs": {
            "module": "dagster._core.storage.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
        },
        # Every event is in the run's history already; the log is for what went wrong.
        "python_logs": {"python_log_level": "WARNING"},
        # No queue: fast runs have their one thread, and the writer's lock orders the rest.
        "run_coordinator": {
            "module": "dagster._core.run_coordinator",
            "class": "DefaultRunCoordinator",
        },
        "run_launcher": {"module": "pipelines.launcher", "class": "LaneLauncher"},
        # A sensor that waits inside its tick must not hold up the others.
        "sensors": {"use_threads": True, "num_workers": 4},
        "schedules": {"use_threads": True, "num_workers": 2},
        "retention": {
            "sensor": {"purge_after_days": dict(TICK_DAYS)},
            "schedule": {"purge_after_days": dict(TICK_DAYS)},
        },
        # Parts of Dagster that nothing here uses; each would ask the database every few seconds.
        "auto_materialize": {"enabled": False},
        "freshness": {"enabled": False},
    }
