"""Requests whose transaction lost against another one are done again, here and nowhere else.

Of two transactions that wait for each other the database ends one and undoes all of it, so that what
the loser wanted can be done once more without anybody noticing. Any other trouble is told: after it
nobody knows whether a transaction counts, or it will not be over in a moment.
"""

import functools
import inspect
import random
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from fastapi.routing import APIRoute

from service.errors import Contended

ATTEMPTS = 4
PATIENCE_SECONDS = 5.0
"""Nothing is begun again later than this: whoever asked has been waiting, maybe for a lock."""
FIRST_PAUSE_SECONDS = 0.02

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Repeated(APIRoute):
    """A route whose function is one transaction that changes something, and nothing besides.

    What it asks for has been made by then and is not made again. Coroutines are left as they are:
    they take in what cannot be had twice, and have their transactions `repeated` one by one; so has
    a function that sends something between two of them.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        asynchronous = inspect.iscoroutinefunction(endpoint)
        super().__init__(path, endpoint if asynchronous else repeated(endpoint), **given)


def repeated(
    function: Callable[_P, _T], pause: Callable[[float], None] = time.sleep
) -> Callable[_P, _T]:
    """The function, called again, a few times at most, while it raises Contended.

    pause: waits for so many seconds. They are random, so that two losers do not meet again.
    """

    @functools.wraps(function)
    def again(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        until = time.monotonic() + PATIENCE_SECONDS
        for attempt in range(ATTEMPTS - 1):
            try:
                return function(*args, **kwargs)
            except Contended:
                if time.monotonic() >= until:
                    raise
                pause(random.uniform(0, FIRST_PAUSE_SECONDS * 2**attempt))  # noqa: S311  no secret
        return function(*args, **kwargs)

    return again
