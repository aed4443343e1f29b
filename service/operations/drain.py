"""Whether this copy of the service is about to stop, for everything that should begin nothing new."""

import threading

from service.errors import Unavailable

RETRY_AFTER_SECONDS = 10


class Drain:
    """Begun once, from whichever thread stops the service."""

    def __init__(self) -> None:
        self._begun = threading.Event()

    @property
    def begun(self) -> bool:
        return self._begun.is_set()

    def begin(self) -> None:
        """From now on people change nothing here and dispatchers claim nothing.

        Reads go on, and so do runners: they have their last words to say.
        """
        self._begun.set()


def stopping() -> Unavailable:
    """What to answer who comes too late."""
    return Unavailable("this service is stopping", retry_after=RETRY_AFTER_SECONDS)
