"""Both clients behind one face, so that each test holds for both."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from tclsearch_client import AsyncClient, Client, Patience

HASTY = Patience(seconds=20, first=0.01, longest=0.05)


class Blocking:
    """An AsyncClient whose methods are waited for; what it iterates over comes as a list."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = self._runner.run(_made(*arguments, **options))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            return self._runner.run(_whole(getattr(self._client, name), arguments, options))

        return call

    def close(self) -> None:
        self._runner.run(self._client.close())
        self._runner.close()


FACES: dict[str, Callable[..., Any]] = {"sync": Client, "async": Blocking}


async def _made(*arguments: Any, **options: Any) -> AsyncClient:
    return AsyncClient(*arguments, **options)


async def _whole(
    method: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    answer: Coroutine[Any, Any, Any] | AsyncIterator[Any] = method(*arguments, **options)
    if isinstance(answer, AsyncIterator):
        return [item async for item in answer]
    return await answer
