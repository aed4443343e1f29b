"""Every place where an owner's write is fenced, found in the source, and the source without it."""

import ast
import copy
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

FENCED = ("service.queue.ownership", "service.jobs.moves", "service.api.runner")
DEPENDENTS = (
    "service.queue.ownership",
    "service.jobs.commands",
    "service.jobs.change",
    "service.api.runner",
)
"""Modules that bind names of the fenced ones, in the order of their layers."""

GUARDS = {"_require_epoch", "_require_owner", "require_secret"}
"""Calls that raise or do nothing."""
HOLDS = {"hold", "queue.hold", "queue.renew", "queue.require_owner"}
"""Calls that find the job of its owner, and nobody else's."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """name: what is taken out, and of which function."""

    module: str
    name: str
    source: str


def mutants() -> list[Mutant]:
    return [mutant for module in FENCED for mutant in _of(module)]


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Run the mutant's source in place of its module's."""
    try:
        _execute(mutant.module, mutant.source)
        yield
    finally:
        _execute(mutant.module, _source(mutant.module))


def _execute(name: str, source: str) -> None:
    module = importlib.import_module(name)
    exec(compile(source, module.__file__ or name, "exec"), _with_rows(module))
    for dependent in DEPENDENTS:
        if dependent != name:
            module = importlib.import_module(dependent)
            exec(compile(_source(dependent), dependent, "exec"), vars(module))


def _with_rows(module: ModuleType) -> dict[str, object]:
    names = vars(module)
    names["JobRow"] = importlib.import_module("service.db.tables").JobRow
    return names


def _source(name: str) -> str:
    return Path(importlib.import_module(name).__file__ or "").read_text()


def _of(module: str) -> Iterator[Mutant]:
    tree = ast.parse(_source(module))
    for number, (_, what) in enumerate(_sites(tree)):
        mutated = copy.deepcopy(tree)
        # Deep copies are walked in the same order.
        (mutate, _) = list(_sites(mutated))[number]
        mutate()
        yield Mutant(module, what, ast.unparse(ast.fix_missing_locations(mutated)))


def _sites(tree: ast.Module) -> Iterator[tuple["_Mutation", str]]:
    for top in tree.body:
        name = getattr(top, "name", None) or ast.unparse(top).split(" ")[0]
        for node in ast.walk(top):
            for mutation, what in _of_node(node):
                yield mutation, f"{name}: {what}"


class _Mutation:
    """Replaces one child of a node by others."""

    def __init__(
        self, holder: ast.AST, field: str, index: int | None, new: ast.AST | None
    ) -> None:
        self._holder, self._field, self._index, self._new = holder, field, index, new

    def __call__(self) -> None:
        if self._index is None:
            setattr(self._holder, self._field, self._new)
            return
        children = getattr(self._holder, self._field)
        children[self._index : self._index + 1] = [] if self._new is None else [self._new]


def _of_node(node: ast.AST) -> Iterator[tuple[_Mutation, str]]:
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".where", "_owned")):
        for index, argument in enumerate(node.args):
            text = ast.unparse(argument)
            if ".epoch" in text or ".state" in text:
                yield _Mutation(node, "args", index, None), text
    for field, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for place, child in enumerate(children):
            index = place if isinstance(value, list) else None
            if isinstance(child, ast.AugAssign) and ast.unparse(child.target).endswith(".epoch"):
                yield _Mutation(node, field, index, ast.Pass()), ast.unparse(child)
            if isinstance(child, ast.Expr) and _called(child.value) in GUARDS:
                yield _Mutation(node, field, index, ast.Pass()), ast.unparse(child)
            if isinstance(child, ast.Call) and (found := _unfenced(child)) is not None:
                yield _Mutation(node, field, index, found), ast.unparse(child)


def _called(node: ast.AST) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def _unfenced(call: ast.Call) -> ast.expr | None:
    """What finds the job whoever owns it, for a call that finds it for its owner alone."""
    if _called(call) in HOLDS:
        return ast.parse("session.get(JobRow, token.job_id)", mode="eval").body
    fences = {"_HOLD", "_AT_EPOCH"}
    if _called(call) == "session.scalar" and ast.unparse(call.args[0]) in fences:
        key = call.args[1]
        assert isinstance(key, ast.Call)
        source = f"session.get(JobRow, {ast.unparse(key.args[0])})"
        return ast.parse(source, mode="eval").body
    return None
