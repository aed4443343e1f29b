"""What the operator's page says of settings is what they are."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

from service.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
DEFAULTS = {
    "data_dir": "`~/.tclsearch`",
    "database_url": "SQLite in the data directory",
    "artifacts": "`artifacts` in the data directory",
    "artifacts_endpoint": "Amazon's",
    "artifacts_region": "of the usual chain",
    "webhook_targets": "none",
    "ray_dashboard_url": "none",
}
"""Of settings whose default says nothing when it is printed."""


def meanings() -> dict[str, str]:
    """What the class says of each setting, in one line."""
    assert Settings.__doc__ is not None
    text = re.sub(r"\n {8,}", " ", Settings.__doc__)
    return dict(re.findall(r"^    (\w+): (.+)$", text, re.MULTILINE))


def default_of(name: str, default: object) -> str:
    if name in DEFAULTS:
        return DEFAULTS[name]
    assert default is not MISSING
    assert isinstance(default, int | float)
    return f"{default:g}" if default < 1e6 else str(default)


def test_every_setting_is_in_the_table_with_its_default_and_meaning() -> None:
    said = meanings()
    expected = [
        f"| `TCLSEARCH_{field.name.upper()}` | {default_of(field.name, field.default)} "
        f"| {said[field.name]} |"
        for field in fields(Settings)
    ]
    assert said.keys() == {field.name for field in fields(Settings)}
    written = [line for line in PAGE.read_text().splitlines() if line.startswith("| `TCLSEARCH_")]
    assert written == expected, "the table should read:\n" + "\n".join(expected)
