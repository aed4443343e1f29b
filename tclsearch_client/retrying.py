"""Trying again: for how long, how far apart, and what."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tclsearch_client.errors import RequestFailed, TclsearchError, Unreachable
from tclsearch_client.exchange import Call, Repeat, Reply, Send, Steps, T, Wait

REFUSED = frozenset({429, 503})
"""Statuses by which the service asks to be asked later."""
IN_BETWEEN = frozenset({502, 504})
"""Statuses of proxies whose service did not answer them."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How a call is tried again.

    seconds: from its beginning; a wait that would end later is not begun.
    contact_seconds: the same where no connection was ever made; None for as many.
    first, longest: seconds before the second try, doubled each time up to the longest, each
        shortened at random by up to half, so that many clients do not come back at once.
    """

    seconds: float = 120.0
    contact_seconds: float | None = None
    first: float = 0.5
    longest: float = 15.0
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random


@dataclass(slots=True)
class Tries:
    """How often something has failed in a row, and how long one may still go on."""

    patience: Patience
    failed: int = 0
    reached: bool = False
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.patience.clock()

    def succeeded(self) -> None:
        """Begin to count anew."""
        self.failed, self.reached = 0, True
        self.began = self.patience.clock()

    def wait(self, error: TclsearchError) -> Wait:
        """How long to wait after `error`; raises it where that would take too long."""
        step = self.patience.first * 2 ** min(self.failed, 30)
        seconds = min(step, self.patience.longest) * (1 - self.patience.chance() / 2)
        if isinstance(error, RequestFailed) and error.retry_after is not None:
            seconds = max(seconds, error.retry_after)
        self.failed += 1
        if self.patience.clock() + seconds - self.began > self._limit(error):
            raise error
        return Wait(seconds)

    def _limit(self, error: TclsearchError) -> float:
        self.reached = self.reached or not (isinstance(error, Unreachable) and not error.sent)
        contact = self.patience.contact_seconds
        return self.patience.seconds if self.reached or contact is None else contact


def may_repeat(error: TclsearchError, repeat: Repeat) -> bool:
    """Whether the request that `error` came of may be sent once more."""
    always = repeat is Repeat.ALWAYS
    match error:
        case Unreachable(sent=sent):
            return always or not sent
        case RequestFailed(status=status):
            return status in REFUSED or (always and status in IN_BETWEEN)
        case _:
            return False


def attempt(call: Call[T], patience: Patience) -> Steps[T]:
    """Send a request until it is answered for good.

    Raises:
        RequestFailed: the service refuses it, or still asks to wait after `patience`.
        Unreachable: no answer came.
    """
    tries = Tries(patience)
    while True:
        try:
            reply: Reply = yield Send(call.request)
            failure = reply.failure()
        except Unreachable as error:
            if not may_repeat(error, call.request.repeat):
                raise
            yield tries.wait(error)
            continue
        if failure is None:
            return call.read(reply)
        if not may_repeat(failure, call.request.repeat):
            raise failure
        yield tries.wait(failure)
