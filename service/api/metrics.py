"""What the service tells Prometheus, and the middleware that counts and times every request."""

import time
from collections.abc import Iterator

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.deps import ThisService
from service.api.problems import responses
from service.operations.gauges import Gauge, read_gauges, read_pool
from service.operations.telemetry import Telemetry

router = APIRouter(tags=["health"])

UNMATCHED = "(none)"
"""For whatever no route answers: addresses are chosen by whoever asks, and there is no end of them."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "(other)"
STREAM = b"text/event-stream"


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **responses(503)},
)
def get_metrics(parts: ThisService) -> Response:
    """Counters and gauges in Prometheus' text format. No token needed; nothing here is a team's."""
    with parts.database.read() as session:
        found = list(read_gauges(session, parts.settings, parts.clock.now(session)))
    found += read_pool(parts.database)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Read(found))
    body = generate_latest(parts.telemetry.registry) + generate_latest(registry)
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Read(Collector):
    def __init__(self, gauges: list[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for gauge in self._gauges:
            names = next(([name for name, _ in labels] for labels in gauge.values), [])
            family = GaugeMetricFamily(gauge.name, gauge.help, labels=names)
            for labels, value in gauge.values.items():
                family.add_metric([text for _, text in labels], value)
            yield family


class Measured:
    """Middleware around everything else: counts each answer, and times those that are no streams."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, streams = time.perf_counter(), 500, False

        async def watched(message: Message) -> None:
            nonlocal status, streams
            if message["type"] == "http.response.start":
                status = message["status"]
                streams = any(
                    name == b"content-type" and value.startswith(STREAM)
                    for name, value in message["headers"]
                )
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", UNMATCHED)
            seconds = None if streams else time.perf_counter() - began
            method = scope["method"] if scope["method"] in METHODS else OTHER
            self._telemetry.answered(method, route, status, seconds)
