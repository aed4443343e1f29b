"""What one process of the control plane counts of itself, for Prometheus.

Counters are of this process since its start; whoever adds several copies up does it by rate. What
the database knows is the same for all copies: `service.gauges`.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds. Requests are to take milliseconds; nothing but streams and downloads takes longer."""


class Telemetry:
    """The counters of one application: a registry of its own, so that several can be in a process.

    Names and labels are public: dashboards and alerts use them.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "tclsearch_http_requests",
            "Requests answered, by method, route below /api/v1, and status.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._request_seconds = Histogram(
            "tclsearch_http_request_seconds",
            "From a request's first byte to the last one of its answer, streams left out.",
            ["method", "route"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._rescues = Counter(
            "tclsearch_rescues",
            "Jobs taken from a runner whose lease had run out.",
            registry=self.registry,
        )
        self._forced_cancels = Counter(
            "tclsearch_forced_cancels",
            "Jobs taken from a runner that did not heed a cancel.",
            registry=self.registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """Count a request. seconds: None where they say nothing, as for a stream."""
        self._requests.labels(method, route, status).inc()
        if seconds is not None:
            self._request_seconds.labels(method, route).observe(seconds)

    def swept(self, rescued: int, cancelled: int) -> None:
        """Count what one pass over the leases did."""
        self._rescues.inc(rescued)
        self._forced_cancels.inc(cancelled)
