"""The stable codes of problems, read from the source that raises them."""

import ast
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from service import errors
from service.api.problems import CODES

SERVICE = Path(errors.__file__).parent
ERRORS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.ServiceError)
}


def problem_codes() -> dict[str, frozenset[int]]:
    """Every code that an answer of the service can have, with its HTTP statuses."""
    found: dict[str, set[int]] = {}
    for kind in ERRORS.values():
        found.setdefault(kind.default_code, set()).add(kind.status)
    for status, code in CODES.items():
        found.setdefault(code, set()).add(status)
    for path in sorted(SERVICE.rglob("*.py")):
        for code, status in _raised(ast.parse(path.read_text())):
            found.setdefault(code, set()).add(status)
    return {code: frozenset(statuses) for code, statuses in sorted(found.items())}


def phrase(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def _raised(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The codes that calls of an error's class name: `Conflict("…", code="job_state")`."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            kind = ERRORS.get(call.func.id)
            for argument in call.keywords if kind else ():
                if argument.arg == "code" and isinstance(argument.value, ast.Constant):
                    assert kind is not None
                    yield str(argument.value.value), kind.status
