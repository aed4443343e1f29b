"""Every import contract holds, and breaks as soon as somebody plants the import it is against."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import grimp
import pytest

ROOT = Path(__file__).parents[2]
LINTER: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
    "importlinter"
]
PACKAGES: list[str] = LINTER["root_packages"]
CONTRACTS: dict[str, dict[str, Any]] = {each["id"]: each for each in LINTER["contracts"]}

# contract: (file, line that must not be in it)
PLANTS = {
    "one-direction": ("searchspace/errors.py", "import service.lifecycle"),
    "client-alone": ("tclsearch_client/documents.py", "import searchspace.spec"),
    "wire-alone": ("workers/search/lease.py", "from service.settings import Settings"),
    "pure-vocabulary": ("searchspace/space.py", "import optuna"),
    "light-control-plane": ("service/ids.py", "import torch"),
    "no-database-in-workers": ("workers/stopping.py", "import sqlalchemy"),
    "light-dispatcher": ("workers/datasets/store.py", "import torch"),
    "device-agent-alone": ("workers/device_agent.py", "import torch"),
    "search-without-ray": ("workers/search/sampler.py", "import httpx"),
    "pure-deciders": ("service/lifecycle.py", "from sqlalchemy import select"),
    "page-on-the-api": ("service/web/pages.py", "from service.db.engine import Database"),
    "ray-files": ("workers/search/sampler.py", "from ray import tune"),
    "optuna-files": ("workers/search/search.py", "import optuna"),
    "torch-files": ("workers/runner.py", "from torch import Tensor"),
    "torchvision-files": ("workers/datasets/cifar.py", "from torchvision import datasets"),
    "test-part": (
        "workers/trials/trainable.py",
        "from workers.training.final_score import score_on_test",
    ),
    "onnx-files": ("workers/networks/model.py", "import onnx"),
    "executorch-files": ("workers/networks/model.py", "import executorch"),
    "http-files": ("workers/dispatcher.py", "import httpx"),
    "outgoing-http-files": ("service/queue/sweeper.py", "import httpcore"),
    "s3-files": ("service/artifacts/collect.py", "import boto3"),
    "web-framework-files": ("service/trials/record.py", "from fastapi import HTTPException"),
    "database-files": ("tclsearch/tables.py", "import sqlalchemy"),
    "dialect-files": ("service/queue/ownership.py", "import sqlite3"),
    "searchspace-layers": ("searchspace/spec.py", "import searchspace.space"),
    "observing-layers": ("observing/context.py", "import observing.logs"),
    "opentelemetry-files": ("service/app.py", "import opentelemetry"),
    "service-layers": ("service/events/journal.py", "import service.queue.ownership"),
    "job-layers": ("service/jobs/moves.py", "import service.jobs.submit"),
    "queue-layers": ("service/queue/slots.py", "import service.queue.ownership"),
    "trial-layers": ("service/trials/rules.py", "import service.trials.record"),
    "front-layers": ("service/front/revisions.py", "import service.front.retraining"),
    "event-layers": ("service/events/journal.py", "import service.events.streams"),
    "webhook-layers": ("service/webhooks/outbox.py", "import service.webhooks.courier"),
    "team-layers": ("service/team/access.py", "import service.team.members"),
    "device-layers": ("service/devices/protocol.py", "import service.devices.measurements"),
    "operation-layers": ("service/operations/findings.py", "import service.operations.diagnosis"),
    "api-layers": ("service/api/views.py", "import service.api.jobs"),
    "schema-layers": ("service/api/schemas/models.py", "import service.api.schemas.front"),
    "database-layers": ("service/db/tables.py", "import service.db.engine"),
    "artifact-layers": ("service/artifacts/port.py", "import service.artifacts.directory"),
    "figure-layers": ("service/figures/chart.py", "import service.figures.front"),
    "workers-layers": ("workers/training/loop.py", "import workers.search.search"),
    "cluster-layers": ("workers/cluster/head.py", "import workers.cluster.ray_jobs"),
    "search-layers": ("workers/search/search.py", "import workers.search.tune_run"),
    "run-layers": ("workers/trials/delivery.py", "import workers.trials.trial"),
    "model-layers": ("workers/models/checkpoint.py", "import workers.models.exports"),
    "training-layers": ("workers/training/data.py", "import workers.training.loop"),
    "network-layers": ("workers/networks/layers.py", "import workers.networks.building"),
    "dataset-layers": ("workers/datasets/prepared.py", "import workers.datasets.store"),
    "command-line-layers": ("tclsearch/tables.py", "import tclsearch.main"),
    "command-layers": ("tclsearch/commands/data.py", "import tclsearch.commands.jobs"),
    "argument-layers": ("tclsearch/arguments/common.py", "import tclsearch.arguments.jobs"),
    "sink-layers": ("tclsearch/sinks/gather.py", "import tclsearch.sinks.tensorboard"),
    "client-layers": ("tclsearch_client/exchange.py", "import tclsearch_client.sync"),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages and their contracts, somewhere else."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(directory: Path) -> subprocess.CompletedProcess[str]:
    linter = Path(sys.executable).with_name("lint-imports")
    command = [str(linter), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


def reports(output: str) -> dict[str, str]:
    """What is said of each broken contract, by its id."""
    ids = {each["name"]: contract for contract, each in CONTRACTS.items()}
    sections = re.split(r"^(.+)\n-+$", output.partition("Broken contracts")[2], flags=re.MULTILINE)
    titled = dict(zip(sections[1::2], sections[2::2], strict=True))
    return {ids[title]: text for title, text in titled.items()}


def test_every_contract_holds(copy: Path) -> None:
    result = lint(copy)
    assert result.returncode == 0, result.stdout
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in result.stdout


def test_every_contract_reports_the_wrong_import_that_it_is_against(copy: Path) -> None:
    for file, line in PLANTS.values():
        text = (copy / file).read_text()
        (copy / file).write_text(f"{text}\n{line}\n")
    result = lint(copy)
    assert result.returncode == 1
    found = reports(result.stdout)
    assert found.keys() == CONTRACTS.keys() == PLANTS.keys()
    for contract, (file, line) in PLANTS.items():
        importer, imported = file.removesuffix(".py").replace("/", "."), line.split()[1]
        assert re.search(rf"\b{importer} -> {imported}\b", found[contract]), contract


def test_a_new_file_has_to_choose_its_layer(copy: Path) -> None:
    exhaustive = {
        contract: each["containers"][0]
        for contract, each in CONTRACTS.items()
        if each.get("exhaustive")
    }
    for container in exhaustive.values():
        (copy / container.replace(".", "/") / "newcomer.py").touch()
    found = reports(lint(copy).stdout)
    assert found.keys() == exhaustive.keys()
    for contract in exhaustive:
        assert "newcomer" in found[contract]


def test_every_package_of_several_modules_has_layers() -> None:
    layered = {each["containers"][0] for each in CONTRACTS.values() if "containers" in each}
    crowded = {
        ".".join(directory.relative_to(ROOT).parts)
        for package in PACKAGES
        for directory in (ROOT / package, *(ROOT / package).rglob("*/"))
        # Migrations, whose names are numbers, cannot import each other.
        if len(list(directory.glob("[a-z]*.py"))) > 3
    }
    assert crowded <= layered


def test_the_search_space_is_kept_from_every_library_that_anybody_imports() -> None:
    graph = grimp.build_graph(*PACKAGES, include_external_packages=True)
    external = {module for module in graph.modules if graph.is_module_squashed(module)}
    libraries = external - sys.stdlib_module_names - {"numpy", "pydantic", "pydantic_core"}
    assert libraries - set(CONTRACTS["pure-vocabulary"]["forbidden_modules"]) == set()
