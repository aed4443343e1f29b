"""Query parameters: one that no route knows is refused, like an unknown field of a body.

`?dryrun=true`, taken for nothing, would post the job.
"""

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from searchspace.errors import Problem, json_pointer
from service.errors import Unprocessable


async def require_known_query(request: Request) -> None:
    """Raises Unprocessable where a query parameter is not one of the route's."""
    if not request.scope["query_string"]:
        return
    route: APIRoute = request.scope["route"]
    unknown = request.query_params.keys() - set(_names(route.dependant))
    if unknown:
        problems = [
            Problem(json_pointer(("query", name)), "unknown parameter") for name in sorted(unknown)
        ]
        raise Unprocessable("the query has parameters that nobody knows", problems=problems)


def _names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _names(inner)
