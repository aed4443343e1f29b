"""The public surface on one application: routers, errors and descriptions."""

import json
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from searchspace.spec import JobSpec
from service.api import (
    access,
    audit,
    catalogue,
    cluster,
    comparison,
    compressions,
    devices,
    diagnosis,
    events,
    figures,
    front,
    health,
    jobs,
    members,
    metrics,
    models,
    problems,
    queue,
    trials,
    webhooks,
    weights,
)
from service.api.deps import Needs, get_person
from service.api.draining import Draining
from service.api.envelope import Envelope
from service.api.forms import FORMS
from service.api.heads import Heads
from service.api.problems import ProblemDocument, responses
from service.api.query import require_known_query
from service.api.schemas.jobs import DryRun
from service.api.views import PREFIX
from service.jobs.change import JobChange
from service.jobs.compression_form import Compression
from service.operations.drain import Drain

DESCRIPTION = (
    "Searches small CNNs whose heads contract tensors: post a spec, follow its trials, take a "
    "model from the Pareto front."
)
ROUTERS = (
    jobs, compressions, weights, trials, events, front, figures, comparison, models, queue, cluster, catalogue, access,
    members, audit, webhooks, devices, diagnosis,
)  # fmt: skip


def install_public(app: FastAPI, drain: Drain) -> None:
    for module in ROUTERS:
        app.include_router(
            module.router,
            prefix=PREFIX,
            # In this order: whoever may ask nothing is not told what there is to ask.
            dependencies=[Depends(get_person), Depends(require_known_query)],
            responses=responses(400, 422, 429),
            generate_unique_id_function=_operation_id,
        )
    for watched in (health, metrics):
        app.include_router(
            watched.router, responses=responses(400), generate_unique_id_function=_operation_id
        )
    problems.install(app)
    app.add_middleware(Heads)
    app.add_middleware(Draining, drain=drain)
    app.add_middleware(Envelope)
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign]  # FastAPI's documented way


def _operation_id(route: APIRoute) -> str:
    """The name of the route's function: what generated clients call theirs."""
    return route.name


def _describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the schemas that bodies and problems refer to."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes
        )
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for model in (JobSpec, Compression, ProblemDocument, DryRun, JobChange, *FORMS):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= schema.pop("$defs", {})
            schemas[schema["title"]] = schema
        _use_problems(document)
        _may_be_full(document)
        schemas["Objective"] = {"anyOf": [schemas["Objective"], schemas["Metric"]]}
        # A stored spec is shown as it is, not read again, so that its type says less than is true.
        schemas["Job"]["properties"]["spec"] = {"$ref": "#/components/schemas/JobSpec"}
        for schema in schemas.values():
            _tell_defaults(schema)
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        _say_scopes(document)
        app.openapi_schema = document
    return app.openapi_schema


def _tell_defaults(schema: dict[str, Any]) -> None:
    """Defaults that are objects in words: generated clients can give a field no such value.

    They may leave the field out, which means the same.
    """
    for field in schema.get("properties", {}).values():
        if isinstance(field.get("default"), dict):
            told = f"Default: `{json.dumps(field.pop('default'))}`."
            field["description"] = f"{field.get('description', '')} {told}".lstrip()


def _say_scopes(document: dict[str, Any]) -> None:
    """Of each operation the scope of token that it needs, if it needs one."""
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["security"] = []
    for route in (route for module in ROUTERS for route in module.router.routes):
        assert isinstance(route, APIRoute)
        (needs,) = {need for need in map(_needs, route.dependant.dependencies) if need}
        for method in route.methods or ():
            operation = document["paths"][PREFIX + route.path][method.lower()]
            operation["security"] = [{"bearer": [needs.scope.value] if needs.scope else []}]


def _needs(dependant: Dependant) -> Needs | None:
    if isinstance(dependant.call, Needs):
        return dependant.call
    return next(filter(None, map(_needs, dependant.dependencies)), None)


def _may_be_full(document: dict[str, Any]) -> None:
    """Whatever writes may find no room."""
    full = {str(status): response for status, response in responses(507).items()}
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if method != "get":
                operation["responses"] |= full


def _use_problems(document: dict[str, Any]) -> None:
    """Forget the framework's own form of a 422, which `problems` replaces, and of a stream."""
    for operations in document["paths"].values():
        for operation in operations.values():
            if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                del operation["responses"]["422"]
            for content in operation["responses"].get("200", {}).get("content", {}).values():
                if "itemSchema" in content:
                    content.pop("schema", None)
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
