"""The images and the compose file agree with the code, and with each other."""

import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from service.settings import Settings
from tclsearch.main import build_parser

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


def stages() -> dict[str, str]:
    """Text of each build stage by name."""
    parts = re.split(r"^FROM \S+ AS (\S+)$", DOCKERFILE, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def requirements(text: str) -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line]


def with_dependencies(wanted: list[Requirement]) -> set[str]:
    """Names of all that installing the requirements installs."""
    found: set[str] = set()
    left = [(canonicalize_name(r.name), frozenset(r.extras)) for r in wanted]
    seen = set(left)
    while left:
        name, extras = left.pop()
        found.add(name)
        for line in importlib.metadata.requires(name) or ():
            needed = Requirement(line)
            environments = [{"extra": extra} for extra in extras or ("",)]
            if needed.marker and not any(needed.marker.evaluate(e) for e in environments):
                continue
            item = (canonicalize_name(needed.name), frozenset(needed.extras))
            if item not in seen:
                seen.add(item)
                left.append(item)
    return found


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_that_the_command_line_takes(name: str) -> None:
    service = OURS[name]
    assert service["build"]["target"] in stages()
    assert build_parser().parse_args(service["command"]).module == "serve"


@pytest.mark.parametrize("stage", ["control-plane", "worker"])
def test_images_run_our_command_without_rights(stage: str) -> None:
    text = stages()[stage]
    assert "\nUSER tclsearch\n" in text
    assert text.index("RUN pip") < text.index("USER tclsearch") < text.index("ENTRYPOINT")
    command = re.search(r"^CMD (\[.*\])$", text, re.MULTILINE)
    assert command is not None
    assert build_parser().parse_args(json.loads(command[1]))


def test_images_are_pinned() -> None:
    images = re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE)
    images += [service["image"] for service in SERVICES.values() if "image" in service]
    assert len(images) == 2
    assert all(re.search(r":\d+\.\d+", image) for image in images)


def test_every_variable_is_one_that_is_read() -> None:
    settings = {f"TCLSEARCH_{field.upper()}" for field in Settings.__dataclass_fields__}
    for service in OURS.values():
        assert set(service["environment"]) <= settings | {"TCLSEARCH_TOKEN"}


def test_the_database_is_out_of_a_workers_reach() -> None:
    worker = SERVICES["worker"]
    assert set(worker["networks"]).isdisjoint(SERVICES["postgres"]["networks"])
    assert not any("POSTGRES" in str(value) for value in worker["environment"].values())
    assert set(worker["volumes"]).isdisjoint(SERVICES["control-plane"]["volumes"])
    assert "ports" not in SERVICES["postgres"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["control-plane"]["ports"])


def test_what_is_built_from_is_sent_to_the_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = {
        source
        for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert {f"!{source}" for source in copied} == {line for line in ignored if line[0] == "!"}
    assert all((ROOT / source).exists() for source in copied)


def test_the_control_planes_requirements_are_the_projects_own() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    # Whoever has several machines may have a bucket too.
    lines = [*project["dependencies"], *project["optional-dependencies"]["s3"]]
    ours = {Requirement(line).name: Requirement(line) for line in lines}
    for wanted in requirements((ROOT / "deploy" / "control-plane.txt").read_text()):
        assert wanted.extras == ours[wanted.name].extras
        assert str(wanted.marker) == str(ours[wanted.name].marker)


PROBE = """
import importlib.abc, sys, tempfile
from pathlib import Path

absent = set(sys.argv[1:])

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"{name} is not in the image", name=name)

sys.meta_path.insert(0, Absent())

import tclsearch.commands.jobs, tclsearch.commands.serve, tclsearch_client
from fastapi.testclient import TestClient
from service.app import create_app
from service.settings import Settings
from service.web.pages import CHARTS

with tempfile.TemporaryDirectory() as directory:
    with TestClient(create_app(Settings(data_dir=Path(directory)))) as client:
        for path in ("/readyz", "/openapi.json", "/", f"/static/vendor/{CHARTS}"):
            assert client.get(path).status_code == 200, path
"""


def test_the_control_plane_works_with_what_its_image_holds() -> None:
    image = with_dependencies(requirements((ROOT / "deploy" / "control-plane.txt").read_text()))
    image.add("tclsearch")
    owners = importlib.metadata.packages_distributions()
    absent = {
        module
        for module, distributions in owners.items()
        if image.isdisjoint(map(canonicalize_name, distributions))
    }
    assert {"ray", "optuna", "torch", "onnxruntime"} <= absent
    probe = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROBE, *sorted(absent)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert probe.returncode == 0, probe.stderr
