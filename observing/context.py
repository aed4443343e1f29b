"""What the work at hand belongs to: said once, told by every line of the log."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_said: ContextVar[Mapping[str, object]] = ContextVar("said", default={})  # noqa: B039  never changed
_always: dict[str, object] = {}


def always(**fields: object) -> None:
    """Fields of everything that this process tells from now on."""
    _always.update(fields)


@contextmanager
def during(**fields: object) -> Iterator[None]:
    """Fields of what is told within, in this thread or task and what it awaits."""
    token = _said.set({**_said.get(), **fields})
    try:
        yield
    finally:
        _said.reset(token)


def fields() -> dict[str, object]:
    """Those that hold here."""
    return {**_always, **_said.get()}
