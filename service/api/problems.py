"""Every error of the HTTP surface as `application/problem+json` (RFC 9457)."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from searchspace.errors import InvalidDocument, Problem, json_pointer
from service.errors import BadRequest, ServiceError, Unavailable, Unprocessable

MEDIA_TYPE = "application/problem+json"
MAX_FAULTS = 100

CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_type"}
"""Codes of the errors that the web framework raises by itself."""


RETRIED = {
    "headers": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
}


class Fault(BaseModel):
    """One fault of a request."""

    pointer: str = Field(
        description="JSON Pointer into the body; of a parameter, `/query/NAME`, `/path/NAME` or "
        "`/header/NAME`."
    )
    message: str


class ProblemDocument(BaseModel):
    """What is wrong, for programs (`code`, stable) and for people (`detail`)."""

    model_config = ConfigDict(title="Problem")

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Fault]
    request_id: str


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem responses of a route, for its OpenAPI description."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": schema}},
            **(RETRIED if status in (429, 503) else {}),
        }
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document."""
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(InvalidDocument, _invalid_document)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _framework_error)


def problem_response(
    request_id: str,
    status: int,
    code: str,
    detail: str,
    faults: Iterable[Problem] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    document = ProblemDocument(
        type=f"urn:tclsearch:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        errors=[Fault(pointer=f.pointer, message=f.message) for f in faults][:MAX_FAULTS],
        request_id=request_id,
    )
    return JSONResponse(
        document.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def _service_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ServiceError)
    request.app.state.parts.telemetry.problem(error.code)
    return problem_response(
        request.state.request_id,
        error.status,
        error.code,
        error.detail,
        error.problems,
        error.headers,
    )


def _invalid_document(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, InvalidDocument)
    return _service_error(
        request, Unprocessable(_summary(error.problems), problems=error.problems)
    )


def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return _service_error(request, BadRequest("not JSON", code="malformed"))
    problems = [Problem(_pointer(fault["loc"]), fault["msg"]) for fault in faults]
    return _service_error(request, Unprocessable(_summary(problems), problems=problems))


def _framework_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = CODES.get(error.status_code, HTTPStatus(error.status_code).name.lower())
    headers = dict(error.headers or {})
    if error.status_code in (429, 503):
        headers = dict(Unavailable("").headers) | headers
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_allowed_methods(request))
    return problem_response(
        request.state.request_id, error.status_code, code, error.detail, headers=headers
    )


def _allowed_methods(request: Request) -> list[str]:
    # The framework names the methods of one route alone, of all those that have the path.
    return [
        method
        for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.router.routes
        )
    ]


def _pointer(location: tuple[str | int, ...]) -> str:
    return json_pointer(location[1:] if location[:1] == ("body",) else location)


def _summary(problems: Iterable[Problem]) -> str:
    found = list(problems)
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{found[0].pointer or 'the document'}: {found[0].message}{more}" if found else ""
