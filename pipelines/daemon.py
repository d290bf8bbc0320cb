"""The daemon process: code server, sensors, schedules and the warm lanes, in one.

Usually these are processes of their own, each importing the same code. Here the code server
answers on a socket from a thread, so that definitions are loaded once, dbt stays warm, and two
small cores are left to the work. Started and restarted by `pipelines.supervisor`.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.utils import FuturesAwareThreadPoolExecutor
from dagster._core.workspace.load_target import GrpcServerTarget
from dagster._daemon import sensor as sensor_daemon
from dagster._daemon.controller import DagsterDaemonController, daemon_controller_from_instance
from dagster._grpc.server import DagsterApiServer, DagsterGrpcServer

from cartera.config import settings
from cartera.errors import CarteraError
from cartera.warehouse import lake
from cartera.warehouse.refresh import parse
from pipelines.instance import LOCATION
from pipelines.lanes import stopping
from pipelines.launcher import fail_orphans, warm_lanes
from pipelines.parent import stop_with_parent

MODULE = "pipelines.definitions"
#: Dagster looks at its sensors every five seconds: the second of two drops would wait for that.
SENSOR_LOOP_SECONDS = 1
#: Requests that the code server answers at once: a sensor that waits occupies one.
SERVER_THREADS = 16
log = logging.getLogger("cartera.pipelines")


def main(socket: str) -> None:
    """Run until told to stop."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stop_with_parent()
    sensor_daemon.MIN_INTERVAL_LOOP_TIME = SENSOR_LOOP_SECONDS
    _log_warnings()
    try:
        with dg.DagsterInstance.get() as instance:
            fail_orphans(instance)
            parse(settings())  # imports dbt, so that the first file finds it warm
            _look_at_lake()
            with code_server(instance, socket), warm_lanes():
                with _controller(instance, socket) as controller:
                    _run(controller)
    except KeyboardInterrupt:
        log.info("stopped")


def _look_at_lake() -> None:
    """Log what in the lake is not as declared. What keeps it from being opened fails every run,
    in words: the daemon stays up, since mail and payments may do without.
    """
    here = settings()
    try:
        if lake.exists(here):
            lake.warn(lake.differences(here))
    except CarteraError as error:
        log.warning("%s", error)


def _log_warnings() -> None:
    """Only what went wrong goes to the log: each of Dagster's daemons sets a level of its own."""
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    logging.basicConfig(
        handlers=[handler], format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )


def _run(controller: DagsterDaemonController) -> None:
    try:
        controller.check_daemon_loop()
    finally:
        # From here on everything ends by itself; a second signal would only cut it short.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        stopping.set()


@contextmanager
def code_server(instance: dg.DagsterInstance, socket: str) -> Iterator[None]:
    """Serve the definitions on a socket, from a thread of this process.

    Making the server loads them, once for the sensors and for the fast lane.
    """
    Path(socket).unlink(missing_ok=True)  # left behind by a daemon that was killed
    stop = threading.Event()
    threads = FuturesAwareThreadPoolExecutor(max_workers=SERVER_THREADS)
    server = DagsterGrpcServer(
        server_termination_event=stop,
        dagster_api_servicer=DagsterApiServer(
            server_termination_event=stop,
            logger=log,
            server_threadpool_executor=threads,
            loadable_target_origin=LoadableTargetOrigin(
                executable_path=sys.executable, module_name=MODULE, working_directory=None
            ),
            instance_ref=instance.get_ref(),
            location_name=LOCATION,
        ),
        logger=log,
        threadpool_executor=threads,
        socket=socket,
    )
    thread = threading.Thread(target=server.serve, name="code-server", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)


def _controller(
    instance: dg.DagsterInstance, socket: str
) -> AbstractContextManager[DagsterDaemonController]:
    return daemon_controller_from_instance(
        instance,
        GrpcServerTarget(host="localhost", port=None, socket=socket, location_name=LOCATION),
        log_level="warning",
        code_server_log_level="warning",
    )


if __name__ == "__main__":
    main(sys.argv[1])
