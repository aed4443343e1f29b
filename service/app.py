"""The composition root of the control plane: settings in, application out."""

import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from observing import traces
from service.api import devices, dispatch, runner
from service.api.deps import Parts
from service.api.feeds import Feeds
from service.api.metrics import Measured
from service.api.overviews import Overviews
from service.api.public import install_public
from service.api.replies import Replies
from service.api.traced import Traced
from service.api.vigil import Vigil
from service.artifacts.collect import collect
from service.artifacts.storage import artifact_store
from service.clock import Clock, DatabaseClock
from service.db.engine import Database
from service.db.migrate import migrate
from service.db.upkeep import keep_up
from service.db.watch import watch
from service.errors import Unavailable
from service.events.streams import Streams
from service.figures.importance import Importance
from service.jobs.ground import Grounds
from service.operations.chores import Chore, Chores
from service.operations.drain import Drain
from service.operations.retention import expire_jobs, forget
from service.operations.telemetry import Telemetry
from service.queue.places import Places
from service.queue.sweeper import Sweeper
from service.settings import Settings
from service.team.access import bootstrap
from service.team.allowance import Allowance
from service.team.callers import Callers
from service.web.pages import install_pages
from service.webhooks.courier import Courier
from service.webhooks.guarded_post import GuardedPost

logger = logging.getLogger(__name__)


def create_app(
    settings: Settings, database: Database | None = None, clock: Clock | None = None
) -> FastAPI:
    """The whole service. Its start-up migrates the database and makes the first tokens.

    Raises ValueError for settings that cannot be.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = database or Database(settings.url)
    clock = clock or DatabaseClock()
    streams, places = Streams(settings.event_streams), Places()
    parts = Parts(
        settings=settings,
        database=database,
        clock=clock,
        artifacts=artifact_store(settings),
        streams=streams,
        drain=Drain(),
        feeds=Feeds(database, streams, settings.event_poll_seconds),
        overviews=Overviews(database, clock, places, streams, settings),
        vigil=Vigil(database, clock, settings.token_check_seconds),
        replies=Replies(),
        places=places,
        callers=Callers(settings.token_memory_seconds),
        grounds=Grounds(),
        importance=Importance(settings.importance_seconds),
        requests=Allowance(settings.rate_limit_per_second, settings.rate_limit_burst),
        refusals=Allowance(settings.failed_tokens_per_second, settings.failed_tokens_burst),
        post=GuardedPost(settings.webhook_targets),
        telemetry=Telemetry(),
        bell=threading.Event(),
    )
    watch(database, parts.telemetry.held_connection, parts.telemetry.failed_statement)
    app = FastAPI(title="tclsearch", lifespan=_lifespan, docs_url=None, redoc_url=None)
    app.state.parts = parts
    for router in (dispatch.router, runner.router, devices.agents):
        app.include_router(router, prefix="/api/v1")
    install_public(app, parts.drain)
    install_pages(app)
    if traces.are_on():
        app.add_middleware(Traced)
    app.add_middleware(Measured, telemetry=parts.telemetry)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    parts: Parts = app.state.parts
    await run_in_threadpool(_start, parts)
    sweeper = Sweeper(
        parts.settings,
        parts.database,
        parts.clock,
        on_swept=parts.telemetry.swept,
        on_counted=parts.share_limits,
    )
    chores = _chores(parts, sweeper)
    chores.start()
    courier = Courier(
        parts.settings.webhook_poll_seconds, parts.database, parts.clock, parts.post, parts.bell
    )
    if parts.settings.webhook_targets:
        courier.start()
    yield
    if parts.settings.webhook_targets:
        await run_in_threadpool(courier.stop)
    await run_in_threadpool(_stop, parts, sweeper, chores)


def _start(parts: Parts) -> None:
    migrate(parts.database)
    bootstrap(parts.database, parts.clock, parts.settings.data_dir)


def _stop(parts: Parts, sweeper: Sweeper, chores: Chores) -> None:
    chores.stop()
    try:
        sweeper.leave()
    except Unavailable as error:
        logger.warning("left without a word: %s", error)
    parts.artifacts.close()
    parts.database.close()


def _chores(parts: Parts, sweeper: Sweeper) -> Chores:
    settings, database, clock = parts.settings, parts.database, parts.clock

    def ageing() -> Iterator[int]:
        sweeper.age()
        yield 0

    def collection() -> Iterator[int]:
        with database.read() as session:
            now = clock.now(session)
        before = now - timedelta(seconds=settings.artifact_keep_seconds)
        yield from collect(database, parts.artifacts, before)

    return Chores(
        Chore("rescue", settings.sweep_seconds, lambda: [sweeper.sweep()]),
        Chore("ageing", settings.sweep_seconds, ageing),
        Chore("retention", settings.retention_seconds, lambda: expire_jobs(database, clock)),
        Chore("leftovers", settings.retention_seconds, lambda: forget(database, clock)),
        Chore("collection", settings.collect_seconds, collection),
        Chore("upkeep", settings.upkeep_seconds, lambda: keep_up(database)),
    )
