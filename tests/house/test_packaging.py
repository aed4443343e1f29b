"""The distribution holds every package, and the pins fit what the project asks for."""

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONSTRAINTS = (ROOT / "constraints.txt").read_text()


PACKAGED = sorted(
    path
    for path in (p.relative_to(ROOT) for p in ROOT.glob("*/**/*.py"))
    if (ROOT / path.parts[0] / "__init__.py").exists()
)


def test_every_package_is_in_the_distribution() -> None:
    included = PYPROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    for module in PACKAGED:
        package = ".".join(module.parent.parts)
        assert any(fnmatch(package, pattern) for pattern in included), module
        # setuptools finds only directories that say they are packages.
        assert (ROOT / module.parent / "__init__.py").exists(), module


def test_every_other_file_of_a_package_is_in_the_distribution() -> None:
    data = PYPROJECT["tool"]["setuptools"]["package-data"]
    packages = sorted({module.parts[0] for module in PACKAGED})
    for path in sorted(p.relative_to(ROOT) for name in packages for p in (ROOT / name).rglob("*")):
        if not (ROOT / path).is_file() or path.suffix in (".py", ".pyc"):
            continue
        inside = str(path.relative_to(path.parts[0]))
        patterns = data.get(path.parts[0], [])
        assert any(fnmatch(inside, pattern) for pattern in patterns), path


def test_every_requirement_is_pinned_within_its_range() -> None:
    pins = dict(re.findall(r"^([\w.-]+)==([\w.!+-]+)$", CONSTRAINTS, re.MULTILINE))
    pinned = {canonicalize_name(name): version for name, version in pins.items()}
    assert len(pinned) == len([line for line in CONSTRAINTS.splitlines() if line[:1] != "#"])
    project = PYPROJECT["project"]
    optional = project["optional-dependencies"].values()
    for line in [*project["dependencies"], *(line for extra in optional for line in extra)]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), line


def test_pins_name_versions_that_every_index_can_have() -> None:
    assert "+" not in CONSTRAINTS
    assert "://" not in CONSTRAINTS
