"""`serve` and `dispatch`: the long-running processes, and one that keeps the other alive."""

import argparse
import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import uvicorn

from observing import traces
from observing.logs import start_logging
from service.app import create_app
from service.db.engine import Database
from service.db.migrate import migrate
from service.errors import Conflict, Unavailable
from service.operations.drain import Drain
from service.settings import Settings
from tclsearch.failure import CommandFailed
from workers.stopping import StopRequest

logger = logging.getLogger("tclsearch")

DISPATCHER_STOP_SECONDS = 90.0
"""Runners record what is under way before they go; Ray's own stop takes some seconds more."""
HURRIED_SECONDS = 25.0
"""Its head is killed with everything on it, which takes a moment."""
API_STOP_SECONDS = 20
"""A client that has stopped reading must not keep the service from stopping."""
RESTART_PAUSE_SECONDS = 2.0
OURS_ALONE = ("AWS_", "PGPASS", "TCLSEARCH_ARTIFACTS", "TCLSEARCH_DATABASE_URL")
"""Variables that lead to the database and to the storage of artifacts."""
START_SECONDS = 60.0


def serve(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C, then drain: runners first, the API last.

    A second signal, and neither runners nor open requests are waited for any more.
    """
    try:
        start_logging("%(asctime)s %(name)s: %(message)s")
        traces.start("tclsearch-control-plane", os.environ)
        settings = Settings.from_environment(
            os.environ, data_dir=arguments.data_dir, database_url=arguments.database_url
        )
    except (ValueError, traces.NoExporter) as error:
        raise CommandFailed(str(error)) from None
    stopping = StopRequest()
    with (
        _listening(arguments.host, arguments.port) as listener,
        _api(settings, listener, stopping) as api,
    ):
        url = f"http://{_reachable(arguments.host)}:{listener.getsockname()[1]}"
        logger.info("serving %s; token: %s", url, settings.data_dir / "admin-token")
        if arguments.no_dispatcher:
            _wait(stopping, api.thread)
        else:
            _keep_dispatching(arguments, settings, url, stopping, api)
        logger.info("stopping")
        api.drain.begin()
    return 0


def migrate_database(arguments: argparse.Namespace) -> int:
    """Before the first copy of a new version starts, so that a start need not wait for it."""
    start_logging("%(asctime)s %(name)s: %(message)s")
    try:
        settings = Settings.from_environment(
            os.environ, data_dir=arguments.data_dir, database_url=arguments.database_url
        )
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.closing(Database(settings.url)) as database:
            migrate(database)
    except (ValueError, Conflict, Unavailable) as error:
        raise CommandFailed(str(error)) from None
    return 0


def dispatch(arguments: argparse.Namespace) -> int:
    """A dispatcher alone, for a control plane elsewhere."""
    if not arguments.token:
        raise CommandFailed("a dispatcher's token is needed: --token or TCLSEARCH_TOKEN")
    environment = {**os.environ, "TCLSEARCH_TOKEN": arguments.token}
    command = _dispatcher_command(arguments, arguments.url)
    os.execve(command[0], command, environment)  # noqa: S606  a fixed command, no shell


@dataclass(frozen=True, slots=True)
class Api:
    """The control plane in its thread, and what tells it that it is about to stop."""

    thread: threading.Thread
    drain: Drain


def _keep_dispatching(
    arguments: argparse.Namespace,
    settings: Settings,
    url: str,
    stopping: StopRequest,
    api: Api,
) -> None:
    """Run a dispatcher, and another whenever one ends that was not asked to."""
    command = _dispatcher_command(arguments, url)
    token = (settings.data_dir / "dispatcher-token").read_text().strip()
    while not stopping and api.thread.is_alive():
        # A session of its own: Ctrl-C must reach it after the runners had their say, not before.
        environment = dispatcher_environment(os.environ, token)
        process = subprocess.Popen(  # noqa: S603  a fixed command
            command, env=environment, start_new_session=True
        )
        try:
            while process.poll() is None and not stopping and api.thread.is_alive():
                stopping.wait(0.2)
        finally:
            if stopping:
                logger.info("draining")
                api.drain.begin()
            _end(process, stopping)
        if not stopping:
            logger.warning("the dispatcher ended with status %s", process.returncode)
            stopping.wait(RESTART_PAUSE_SECONDS)


def _end(process: subprocess.Popen[bytes], stopping: StopRequest) -> None:
    """Ask the dispatcher to leave, hurry it when we are hurried, and kill it in the end."""
    process.terminate()
    deadline = time.monotonic() + DISPATCHER_STOP_SECONDS
    hurried = False
    while process.poll() is None and time.monotonic() < deadline:
        if stopping.hurried and not hurried:
            hurried = True
            process.terminate()
            deadline = min(deadline, time.monotonic() + HURRIED_SECONDS)
        time.sleep(0.1)
    if process.poll() is None:
        logger.warning("the dispatcher did not stop in time")
        process.kill()
        process.wait()


def _dispatcher_command(arguments: argparse.Namespace, url: str) -> list[str]:
    command = [sys.executable, "-m", "workers.dispatcher"]
    command += ["--url", url, "--data-dir", str(arguments.data_dir.absolute())]
    if arguments.ray_address:
        command += ["--ray-address", arguments.ray_address]
    return command


def dispatcher_environment(ours: Mapping[str, str], token: str) -> dict[str, str]:
    """What the dispatcher inherits, and from it Ray and every trial: no key to what is ours alone."""
    inherited = {name: value for name, value in ours.items() if not name.startswith(OURS_ALONE)}
    return {**inherited, "TCLSEARCH_TOKEN": token}


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        raise CommandFailed(f"cannot listen on {host}:{port}: {error.strerror}") from None
    # Inherited by what it accepts; asyncio does this only for sockets that it made itself, and
    # without it every reply waits 40 ms for the client's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with listener:
        yield listener


@contextlib.contextmanager
def _api(settings: Settings, listener: socket.socket, stopping: StopRequest) -> Iterator[Api]:
    """The control plane in a thread, so that the main thread is free for signals and order."""
    try:
        app = create_app(settings)
    except ValueError as error:
        raise CommandFailed(str(error)) from None
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=API_STOP_SECONDS,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="api")
    thread.start()
    try:
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise CommandFailed("the control plane did not start; see the log above")
            time.sleep(0.02)
        yield Api(thread, app.state.parts.drain)
    finally:
        # First: the server waits for its open connections.
        app.state.parts.streams.close()
        server.should_exit = True
        while thread.is_alive():
            server.force_exit = stopping.hurried
            thread.join(0.1)


def _wait(stopping: StopRequest, api: threading.Thread) -> None:
    while api.is_alive() and not stopping.wait(0.5):
        pass


def _reachable(host: str) -> str:
    """An address at which this machine reaches a listener on `host`."""
    if host in ("", "0.0.0.0"):  # noqa: S104  compared with, not bound to
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
