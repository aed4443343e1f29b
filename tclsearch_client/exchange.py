"""The parts that need no network: requests, replies, and the steps between them.

A conversation with the service (a call that is tried again, a download that goes on, a stream that
reconnects) is a generator of effects; whoever drives it performs each and sends back what came of
it. `tclsearch_client.sync` and `tclsearch_client.asynchronous` are two such drivers, and a test can
be a third.
"""

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Generic, TypeAlias, TypeVar

from tclsearch_client.errors import RequestFailed, TclsearchError, UnexpectedReply, request_failed

PREFIX = "/api/v1"

T = TypeVar("T")


class Repeat(Enum):
    """When a request may be sent once more."""

    ALWAYS = auto()
    """Also where the last one may have been served: it reads, or it says the same again."""
    WHEN_REFUSED = auto()
    """Only where the last one was not served: it was refused, or never left."""


@dataclass(frozen=True, slots=True)
class Request:
    """path: below the API's root, quoted. content: bytes of a body that `headers` give a type."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    repeat: Repeat = Repeat.ALWAYS


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers (names in small letters) of a reply."""

    status: int
    phrase: str
    headers: Mapping[str, str]

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply."""

    head: Head
    content: bytes

    def failure(self) -> RequestFailed | None:
        """What the service refused; None where it did not."""
        if self.head.is_success:
            return None
        return request_failed(
            self.head.status, self.head.headers, _object(self.content), self.head.phrase
        )

    def json(self) -> Any:
        """Raises UnexpectedReply where the body is no JSON."""
        try:
            return json.loads(self.content)
        except ValueError:
            raise UnexpectedReply("the answer is not JSON: is this a tclsearch service?") from None


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request, and how to read the answer to it."""

    request: Request
    read: Callable[[Reply], T]


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request and read all of the reply. Gives a Reply."""

    request: Request


@dataclass(frozen=True, slots=True)
class Open:
    """Send a request and leave the reply's body to be read. Gives a Head."""

    request: Request


@dataclass(frozen=True, slots=True)
class Read:
    """Read on in what was opened last. Gives bytes, none of them at the end."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Emit:
    """Hand something out while the conversation goes on."""

    value: Any


Effect: TypeAlias = Send | Open | Read | Wait | Emit
Steps: TypeAlias = Generator[Effect, Any, T]
"""A conversation that ends in T. An effect that no answer comes to is thrown in as Unreachable."""


class Conversation(Generic[T]):
    """Steps that are being driven.

    effect: to be performed and answered next; None at the end, where there is a result.
    """

    effect: Effect | None
    result: T

    def __init__(self, steps: Steps[T]) -> None:
        self._steps = steps
        self._go_on(lambda: next(steps))

    def answer(self, outcome: Any) -> None:
        self._go_on(lambda: self._steps.send(outcome))

    def fail(self, error: TclsearchError) -> None:
        self._go_on(lambda: self._steps.throw(error))

    def close(self) -> None:
        """Give up what is still to be done."""
        self._steps.close()

    def _go_on(self, step: Callable[[], Effect]) -> None:
        try:
            self.effect = step()
        except StopIteration as end:
            self.effect = None
            self.result = end.value


REFUSAL_BYTES = 1 << 20
"""As much as is read of a refusal."""


def open_stream(request: Request) -> Steps[Head]:
    """Send a request whose reply's body is then read piece by piece.

    Raises:
        RequestFailed: it is refused.
    """
    head: Head = yield Open(request)
    if not head.is_success:
        content = b""
        while len(content) < REFUSAL_BYTES and (chunk := (yield Read())):
            content += chunk
        failure = Reply(head, content).failure()
        assert failure is not None
        raise failure
    return head


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
