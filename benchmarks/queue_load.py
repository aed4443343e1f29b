"""Clients of a service under measurement: plain keep-alive connections, timed from outside."""

import http.client
import json
import multiprocessing
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent; `body` as JSON."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class Connection:
    """One keep-alive connection that sends a token with everything."""

    def __init__(self, url: str, token: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        self._authorization = {"Authorization": f"Bearer {token}"}

    def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: Any = None
    ) -> Answer:
        """Send and read to the end. Raises RuntimeError for an error status."""
        sent = {**self._authorization, **(headers or {})}
        text = None
        if body is not None:
            text, sent["Content-Type"] = json.dumps(body), "application/json"
        began = time.perf_counter()
        self._connection.request(method, f"/api/v1{path}", body=text, headers=sent)
        response = self._connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - began
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {content[:500]!r}")
        return Answer(response.status, dict(response.getheaders()), content, seconds)

    def close(self) -> None:
        self._connection.close()


def times(connection: Connection, count: int, request: Request) -> list[float]:
    """Seconds that each of so many equal requests took, after a few that are not counted."""
    for _ in range(WARM_UP):
        connection.send(request.method, request.path, request.headers, request.body)
    return [
        connection.send(request.method, request.path, request.headers, request.body).seconds
        for _ in range(count)
    ]


@dataclass(frozen=True, slots=True)
class Rate:
    """What several clients got done at once."""

    per_second: float
    seconds: list[float]


def rate(url: str, token: str, request: Request, count: int, clients: tuple[int, int]) -> Rate:
    """So many requests over several client processes with several connections each."""
    processes, threads = clients
    each = count // (processes * threads)
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(processes + 1)
    results: Any = context.Queue()
    started = [
        context.Process(target=_client, args=(url, token, request, each, threads, ready, results))
        for _ in range(processes)
    ]
    for process in started:
        process.start()
    ready.wait()
    began = time.perf_counter()
    seconds = [one for _ in started for one in results.get()]
    elapsed = time.perf_counter() - began
    for process in started:
        process.join()
    return Rate(len(seconds) / elapsed, seconds)


def _client(
    url: str, token: str, request: Request, each: int, threads: int, ready: Any, results: Any
) -> None:
    connections = [Connection(url, token) for _ in range(threads)]
    found: list[list[float]] = [[] for _ in range(threads)]

    def work(index: int) -> None:
        for _ in range(each):
            answer = connections[index].send(
                request.method, request.path, request.headers, request.body
            )
            found[index].append(answer.seconds)

    workers = [threading.Thread(target=work, args=(index,)) for index in range(threads)]
    ready.wait()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    results.put([one for of_thread in found for one in of_thread])


def milliseconds(seconds: list[float], part: float) -> float:
    """The quantile of a list of seconds."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def halves(seconds: list[float]) -> Iterator[tuple[str, float]]:
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        yield name, milliseconds(seconds, part)
