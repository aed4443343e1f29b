"""Traces by OpenTelemetry: off, and next to free, unless `OTEL_EXPORTER_OTLP_ENDPOINT` says where to.

A job has one trace: its post's. Its `traceparent` (W3C Trace Context) is kept with the job and
travels with the claim to the dispatcher, the runner and its trials; whatever they ask of the control
plane carries it on. No attribute holds what somebody has written: names, ids and numbers alone.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
HEADER = "traceparent"
FLUSH_MILLISECONDS = 2000
"""A process that ends does not wait longer for the receiver of its traces."""
SEND_EVERY_MILLISECONDS = 1000
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

_tracer: Any = None
_provider: Any = None
_adopted: str | None = None


class Kind(StrEnum):
    SERVER = "SERVER"
    CLIENT = "CLIENT"
    INTERNAL = "INTERNAL"


class NoExporter(RuntimeError):
    """Traces are asked for, and what sends them is not installed."""


class Span:
    """Work under way that is told of once it has ended."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    @property
    def traceparent(self) -> str | None:
        """What makes other work a part of this; None where nothing is traced."""
        if self._span is None:
            return None
        where = self._span.get_span_context()
        return f"00-{where.trace_id:032x}-{where.span_id:016x}-{where.trace_flags:02x}"

    def tell(self, name: str | None = None, **attributes: str | float) -> None:
        """What became known meanwhile."""
        if self._span is not None:
            if name is not None:
                self._span.update_name(name)
            self._span.set_attributes(_dotted(attributes))

    def end(self) -> None:
        if self._span is not None:
            self._span.end()


def start(service: str, environment: Mapping[str, str]) -> None:
    """Send traces of this process, as `service`, where the environment says; nowhere by default.

    Raises:
        NoExporter: the extra `otlp` is not installed.
    """
    global _tracer, _provider  # noqa: PLW0603  a process has one
    if not any(environment.get(name) for name in ENDPOINTS):
        return
    try:
        # Not above: they take a third of a second, and are an extra.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise NoExporter(
            f"traces are to be sent, and {error.name} is missing: pip install 'tclsearch[otlp]'"
        ) from None
    _provider = TracerProvider(resource=Resource.create({"service.name": service}))
    _provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=SEND_EVERY_MILLISECONDS)
    )
    _tracer = _provider.get_tracer("tclsearch")


def are_on() -> bool:
    return _tracer is not None


def adopt(traceparent: str | None) -> None:
    """Make all work of this process, threads included, a part of other work."""
    global _adopted  # noqa: PLW0603  a process has one
    _adopted = traceparent


def current() -> str | None:
    """The traceparent of the work at hand, to be handed on; what was adopted where nothing is traced."""
    if _tracer is None:
        return _adopted
    from opentelemetry import trace  # noqa: PLC0415  as above

    at_hand = trace.get_current_span()
    return Span(at_hand).traceparent if at_hand.get_span_context().is_valid else _adopted


def tell(**attributes: str | float) -> None:
    """What became known of the work at hand."""
    if _tracer is not None:
        from opentelemetry import trace  # noqa: PLC0415  as above

        trace.get_current_span().set_attributes(_dotted(attributes))


def begin(
    name: str,
    kind: Kind = Kind.INTERNAL,
    parent: str | None = None,
    **attributes: str | float,
) -> Span:
    """Work that begins now and ends by `Span.end`. parent: by default the work at hand."""
    if _tracer is None:
        return Span()
    from opentelemetry.trace import SpanKind  # noqa: PLC0415  as above

    return Span(
        _tracer.start_span(
            name,
            context=_context(parent or current()),
            kind=SpanKind[kind],
            attributes=_dotted(attributes),
        )
    )


@contextmanager
def span(
    name: str,
    kind: Kind = Kind.INTERNAL,
    parent: str | None = None,
    **attributes: str | float,
) -> Iterator[Span]:
    """Work that is at hand within; an error that leaves it is told by its kind alone."""
    if _tracer is None:
        yield Span()
        return
    from opentelemetry.trace import Status, StatusCode, use_span  # noqa: PLC0415  as above

    begun = begin(name, kind, parent, **attributes)
    try:
        with use_span(begun._span, record_exception=False, set_status_on_exception=False):  # noqa: SLF001  ours
            yield begun
    except BaseException as error:
        begun._span.set_status(Status(StatusCode.ERROR, type(error).__name__))  # noqa: SLF001  ours
        raise
    finally:
        begun.end()


def flush() -> None:
    """Send what has ended, before the process may be killed."""
    if _provider is not None:
        _provider.force_flush(FLUSH_MILLISECONDS)


def is_traceparent(text: str) -> bool:
    return _TRACEPARENT.fullmatch(text) is not None


def _context(traceparent: str | None) -> Any:
    from opentelemetry.context import Context  # noqa: PLC0415  as above
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415  as above
        TraceContextTextMapPropagator,
    )

    carried = {} if traceparent is None else {HEADER: traceparent}
    return TraceContextTextMapPropagator().extract(carried, context=Context())


def _dotted(attributes: Mapping[str, str | float]) -> dict[str, str | float]:
    """`job_id` is told as `tclsearch.job_id`, `http__route` as `http.route`."""
    return {
        name.replace("__", ".") if "__" in name else f"tclsearch.{name}": value
        for name, value in attributes.items()
    }
