"""What one process of the control plane counts of itself, for Prometheus.

Counters are of this process since its start; whoever adds several copies up does it by rate. What
the database knows is the same for all copies: `service.operations.gauges`.
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram

from service.protocol import Measure, Record, Report, Reserve, Stop

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds. Requests are to take milliseconds; nothing but streams and downloads takes longer."""

WAITS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0)
"""Seconds. Of a job in the queue, and of a phase of a trial, which may be that of a large network."""


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
        self._lost_runners = Counter(
            "tclsearch_lost_runners",
            "Runners that a dispatcher reported as gone before their lease ran out.",
            registry=self.registry,
        )
        self._problems = Counter(
            "tclsearch_problems",
            "Problems answered, by code: stale_epoch, rate_limited, corrupt_artifact, …",
            ["code"],
            registry=self.registry,
        )
        self._queue_wait = Histogram(
            "tclsearch_queue_wait_seconds",
            "How long claimed jobs had waited since they could go on.",
            buckets=WAITS,
            registry=self.registry,
        )
        self._asks = Counter(
            "tclsearch_asks",
            "Points that samplers were asked for and that became trials.",
            registry=self.registry,
        )
        self._rejected = Counter(
            "tclsearch_rejected_points",
            "Sampled points that broke a constraint, and so never became trials.",
            registry=self.registry,
        )
        self._trial_seconds = Histogram(
            "tclsearch_trial_seconds",
            "Seconds of trials by phase: measure, one training epoch (train), deliver.",
            ["phase"],
            buckets=WAITS,
            registry=self.registry,
        )
        self._trials_ended = Counter(
            "tclsearch_trials_ended",
            "Trials that ended, by reason.",
            ["reason"],
            registry=self.registry,
        )
        self._database_seconds = Histogram(
            "tclsearch_database_seconds",
            "How long transactions held their connection.",
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._database_errors = Counter(
            "tclsearch_database_errors",
            "Statements that the database or its driver refused.",
            registry=self.registry,
        )
        self._artifact_bytes = Counter(
            "tclsearch_artifact_bytes",
            "Bytes of artifacts that were stored (in) and asked for (out).",
            ["direction"],
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

    def lost(self) -> None:
        """Count a runner that is gone."""
        self._lost_runners.inc()

    def problem(self, code: str) -> None:
        """Count a problem that was answered. code: one of ours, of which there are few."""
        self._problems.labels(code).inc()

    def claimed(self, waited_seconds: float) -> None:
        """Time the wait of a job that was given to a runner."""
        self._queue_wait.observe(waited_seconds)

    def recorded(self, records: Iterable[Record]) -> None:
        """Count what a runner told. What it tells twice, after a lost reply, counts twice."""
        for record in records:
            match record:
                case Reserve():
                    self._asks.inc()
                    self._rejected.inc(record.rejected)
                case Measure(seconds=float(seconds)):
                    self._trial_seconds.labels("measure").observe(seconds)
                case Report():
                    self._trial_seconds.labels("train").observe(record.seconds)
                case Stop():
                    self._trials_ended.labels(record.reason.value).inc()
                    if record.seconds is not None:
                        self._trial_seconds.labels("deliver").observe(record.seconds)
                case _:
                    pass

    def held_connection(self, seconds: float) -> None:
        """Time a transaction."""
        self._database_seconds.observe(seconds)

    def failed_statement(self) -> None:
        self._database_errors.inc()

    def stored(self, size: int) -> None:
        """Count bytes of an artifact that was stored."""
        self._artifact_bytes.labels("in").inc(size)

    def sent(self, size: int) -> None:
        """Count bytes of an artifact that was asked for."""
        self._artifact_bytes.labels("out").inc(size)
