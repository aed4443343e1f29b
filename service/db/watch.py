"""Times transactions and counts errors, for whoever wants to know."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from service.db.engine import Database

_SINCE = "tclsearch held since"


def watch(
    database: Database, on_held: Callable[[float], None], on_error: Callable[[], None]
) -> None:
    """Call back from now on.

    on_held: told for how many seconds a transaction held its connection. on_error: told of each
    statement that was refused.
    """

    @event.listens_for(database.engine, "checkout")
    def checkout(connection: Any, record: Any, proxy: Any) -> None:
        record.info[_SINCE] = time.perf_counter()

    @event.listens_for(database.engine, "checkin")
    def checkin(connection: Any, record: Any) -> None:
        since = record.info.pop(_SINCE, None)
        if since is not None:
            on_held(time.perf_counter() - since)

    @event.listens_for(database.engine, "handle_error")
    def failed(context: Any) -> None:
        on_error()
