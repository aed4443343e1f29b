"""The images and the compose file agree with the code, and with each other."""

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ray.scripts.scripts import start as ray_start

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


def environment(name: str) -> dict[str, str]:
    return SERVICES[name].get("environment", {})


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
    if "entrypoint" in service:
        assert service["entrypoint"][:2] == ["ray", "start"]
        ray_start.make_context("start", [*service["entrypoint"][2:], *service["command"]])
    else:
        assert build_parser().parse_args(service["command"]).module == "serve"


def test_the_compose_file_is_one() -> None:
    schema = json.loads((ROOT / "tests" / "deploy" / "schemas" / "compose-spec.json").read_text())
    faults = Draft7Validator(schema).iter_errors(COMPOSE)
    assert [(list(fault.path), fault.message) for fault in faults] == []


def test_everything_that_is_mounted_waited_for_or_joined_is_there() -> None:
    for service in SERVICES.values():
        assert set(service.get("secrets", ())) <= COMPOSE["secrets"].keys()
        assert set(service["networks"]) <= {"default", *COMPOSE["networks"]}
        for name, wanted in service.get("depends_on", {}).items():
            if wanted["condition"] == "service_healthy":
                stage = SERVICES[name].get("build", {}).get("target")
                checked = "HEALTHCHECK" in stages().get(stage, "")
                assert checked or "healthcheck" in SERVICES[name]
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            there = (ROOT / source).exists() if source[0] == "." else source in COMPOSE["volumes"]
            assert there, source


def test_secrets_are_files_and_nothing_else() -> None:
    for name, service in SERVICES.items():
        for variable, value in environment(name).items():
            if "/run/secrets/" in value:
                assert value.removeprefix("/run/secrets/") in service["secrets"]
            else:
                assert not re.search("PASSWORD|TOKEN$|SECRET|KEY", variable), (name, variable)
    assert "${" not in (ROOT / "docker-compose.yml").read_text()


def test_the_script_writes_every_secret_and_leaves_those_that_are_there(tmp_path: Path) -> None:
    script = tmp_path / "deploy" / "make-secrets"
    script.parent.mkdir()
    shutil.copy(ROOT / "deploy" / "make-secrets", script)
    subprocess.run([script], check=True)
    written = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert {f"secrets/{name}" for name in written} == {
        secret["file"] for secret in COMPOSE["secrets"].values()
    }
    assert [name for name, text in written.items() if not text] == ["dispatcher-token"]
    assert written["postgres-password"] in written["database-url"]
    (identity,) = json.loads(written["store-identities"])["identities"]
    (key,) = identity["credentials"]
    assert key["secretKey"] in written["store-credentials"]
    assert len(key["secretKey"]) == 48
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    subprocess.run([script], check=True)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == written


def test_the_linter_of_dockerfiles_is_content() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    ran = subprocess.run(
        [linter, "--no-color", ROOT / "deploy" / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr


@pytest.mark.parametrize("stage", ["control-plane", "worker", "worker-cuda"])
def test_images_run_our_command_without_rights(stage: str) -> None:
    text = stages()[stage]
    assert 'ENTRYPOINT ["tclsearch"]' in stages()["base"]
    assert text.rindex("RUN pip") < text.index("\nUSER 10001:10001\n") < text.index("\nCMD ")
    command = re.search(r"^CMD (\[.*\])$", text, re.MULTILINE)
    assert command is not None
    assert build_parser().parse_args(json.loads(command[1]))


def test_images_are_pinned() -> None:
    images = re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE)
    images += sorted({s["image"] for s in SERVICES.values()} - {s["image"] for s in OURS.values()})
    assert len(images) == 5
    built = {service["image"] for service in OURS.values()}
    pinned = re.compile(r":v?\d+\.\d+")
    assert all(pinned.search(image) for image in images if image not in built)


def test_every_variable_is_one_that_is_read() -> None:
    settings = {f"TCLSEARCH_{field.upper()}" for field in Settings.__dataclass_fields__}
    read = settings | {"TCLSEARCH_TOKEN", "TCLSEARCH_LOG"}
    for name in OURS:
        ours = {v.removesuffix("_FILE") for v in environment(name) if v.startswith("TCLSEARCH_")}
        assert ours <= read


@pytest.mark.parametrize("name", ["ray-head", "ray-worker", "dispatcher"])
def test_database_and_store_are_out_of_a_clusters_reach(name: str) -> None:
    service = SERVICES[name]
    for kept in ("postgres", "store"):
        assert set(service["networks"]).isdisjoint(SERVICES[kept]["networks"])
        assert set(service["secrets"]).isdisjoint(SERVICES[kept]["secrets"])
    assert set(service.get("volumes", ())).isdisjoint(SERVICES["control-plane"]["volumes"])
    assert set(service["secrets"]).isdisjoint(SERVICES["control-plane"]["secrets"])


def test_ports_are_published_on_loopback_alone() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(published) == 2
    assert all(port.startswith("127.0.0.1:") for port in published)


@pytest.mark.parametrize("name", OURS)
def test_ours_cannot_change_what_they_are(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_what_is_built_from_is_sent_to_the_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = {
        source
        for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
        if not line.startswith("--from")
    }
    assert {f"!{source}" for source in copied} == {line for line in ignored if line[0] == "!"}
    assert all((ROOT / source).exists() for source in copied)


def test_the_control_planes_requirements_are_the_projects_own() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    # Whoever has several machines may have a bucket too, and somewhere to send traces.
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["s3"], *extras["otlp"]]
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
