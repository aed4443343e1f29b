"""The composition root of the control plane: settings in, application out."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from service.access import bootstrap
from service.allowance import Allowance
from service.api import dispatch, runner
from service.api.deps import Parts
from service.api.feeds import Feeds
from service.api.public import install_public
from service.api.vigil import Vigil
from service.artifacts import DirectoryStore
from service.clock import Clock, DatabaseClock
from service.courier import Courier
from service.db.engine import Database
from service.db.migrate import migrate
from service.guarded_post import GuardedPost
from service.replies import Replies
from service.settings import Settings
from service.streams import Streams
from service.sweeper import Sweeper
from service.web.pages import install_pages


def create_app(
    settings: Settings, database: Database | None = None, clock: Clock | None = None
) -> FastAPI:
    """The whole service. Its start-up migrates the database and makes the first tokens."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = database or Database(settings.url)
    clock = clock or DatabaseClock()
    streams = Streams(settings.event_streams)
    parts = Parts(
        settings=settings,
        database=database,
        clock=clock,
        artifacts=DirectoryStore(settings.data_dir / "artifacts", settings.artifact_max_bytes),
        streams=streams,
        feeds=Feeds(database, streams, settings.event_poll_seconds),
        vigil=Vigil(database, clock, settings.token_check_seconds),
        replies=Replies(),
        requests=Allowance(settings.rate_limit_per_second, settings.rate_limit_burst),
        refusals=Allowance(settings.failed_tokens_per_second, settings.failed_tokens_burst),
        post=GuardedPost(settings.webhook_targets),
        bell=threading.Event(),
    )
    app = FastAPI(title="tclsearch", lifespan=_lifespan, docs_url=None, redoc_url=None)
    app.state.parts = parts
    for router in (dispatch.router, runner.router):
        app.include_router(router, prefix="/api/v1")
    install_public(app)
    install_pages(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    parts: Parts = app.state.parts
    await run_in_threadpool(_start, parts)
    settings, database, clock = parts.settings, parts.database, parts.clock
    threads: list[Sweeper | Courier] = [Sweeper(settings, database, clock, parts.artifacts)]
    if settings.webhook_targets:
        threads.append(Courier(settings, database, clock, parts.post, parts.bell))
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        await run_in_threadpool(thread.stop)
    await run_in_threadpool(parts.database.close)


def _start(parts: Parts) -> None:
    migrate(parts.database)
    bootstrap(parts.database, parts.clock, parts.settings.data_dir)
