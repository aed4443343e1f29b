"""Migrations that keep a large table locked while they work through it."""

import ast
from collections.abc import Iterator
from pathlib import Path

VERSIONS = Path(__file__).parents[2] / "service/db/migrations/versions"

LARGE = frozenset({"trials", "trial_reports", "models", "exports", "events", "artifacts"})
"""Tables with a row for each trial or more."""

SLOW = frozenset(
    {
        "alter_column",
        "batch_alter_table",
        "create_check_constraint",
        "create_foreign_key",
        "create_index",
        "create_unique_constraint",
    }
)
"""What reads or rewrites all of a table under a lock; a new column without a computed value does not."""

BEFORE_THE_FIRST_RELEASE = {
    ("0004", "create_index", "models"),
    ("0007", "create_index", "trials"),
}


def test_no_migration_works_through_a_large_table_under_a_lock() -> None:
    """Make the index of a new table, or have operators build it with CONCURRENTLY beforehand."""
    found = {step for path in sorted(VERSIONS.glob("0*.py")) for step in slow_steps(path)}
    assert found == BEFORE_THE_FIRST_RELEASE


def slow_steps(path: Path) -> Iterator[tuple[str, str, str]]:
    """Revision, operation and table of each."""
    tree = ast.parse(path.read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _operation(node)]
    made = {_table(call) for call in calls if _operation(call) == "create_table"}
    for call in calls:
        if _operation(call) in SLOW and _table(call) in LARGE - made:
            yield path.name[:4], _operation(call), _table(call)


def _operation(call: ast.Call) -> str:
    function = call.func
    is_op = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
    return function.attr if is_op and function.value.id == "op" else ""


def _table(call: ast.Call) -> str:
    """An operation names its table first; one with a name of its own, second."""
    named = _operation(call) in SLOW - {"alter_column", "batch_alter_table"}
    table = call.args[1 if named else 0]
    return table.value if isinstance(table, ast.Constant) else ""
