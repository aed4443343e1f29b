"""A client that a stock generator makes of our OpenAPI document works as it comes."""

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from service.team.access import Role
from tests.api.served import SPEC, Dispatcher, Served

PACKAGE = "tclsearch_generated"
YAML_ALONE = "Unsupported content type application/yaml"
"""The one thing that the generator cannot do: it then offers the JSON of the same route."""


@pytest.fixture(scope="module")
def generated(served: Served, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the generator says; its package can be imported afterwards."""
    directory = tmp_path_factory.mktemp("generated")
    document = served.client().get(f"{served.url}/openapi.json").raise_for_status().json()
    (directory / "openapi.json").write_text(json.dumps(document))
    # Its own name for the package is that of ours; what it would run afterwards formats the code.
    (directory / "config.json").write_text(
        json.dumps({"package_name_override": PACKAGE, "post_hooks": []})
    )
    generator = Path(sys.executable).with_name("openapi-python-client")
    options = ["--path", "openapi.json", "--config", "config.json", "--output-path", "made"]
    ran = subprocess.run(
        [str(generator), "generate", *options],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    sys.path.insert(0, str(directory / "made"))
    return ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def client(generated: str, served: Served) -> Iterator[Any]:
    token = served.person(Role.EDITOR).headers["Authorization"].removeprefix("Bearer ")
    with load("client").AuthenticatedClient(base_url=served.url, token=token) as client:
        yield client


def load(module: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.{module}")


def test_the_generator_has_nothing_to_complain_of(generated: str):
    complaints = re.findall(r"^WARNING .*\n\n(.+)$", generated, re.MULTILINE)
    assert set(complaints) == {YAML_ALONE}
    assert generated.count("WARNING") == len(complaints)
    assert "Unable to process" not in generated


def test_every_operation_has_a_short_name_and_typed_answers(generated: str, served: Served):
    document = served.client().get(f"{served.url}/openapi.json").json()
    operations = [each for path in document["paths"].values() for each in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    for operation in operations:
        assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", operation["operationId"])
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                said = content.get("schema") or content.get("itemSchema")
                assert said, (operation["operationId"], status, media_type)


def test_jobs_are_posted_listed_and_read(client: Any, served: Served):
    job_spec = load("models").JobSpec.from_dict(SPEC)
    job = load("api.jobs.post_job").sync(client=client, body=job_spec)
    assert job.state == "queued"
    assert job.spec.dataset.name == "digits"
    runner = Dispatcher.of(served).claim(job.id)
    runner.complete(0.5, 2.0)
    runner.complete(0.75, 1.0)
    runner.finish("budget_spent")

    page = load("api.jobs.get_jobs").sync(client=client, state=[load("models").JobState.SUCCEEDED])
    assert [listed.id for listed in page.items] == [job.id]
    read = load("api.jobs.get_job").sync(job.id, client=client)
    assert (read.trials.finished, read.reason) == (2, "budget_spent")
    assert read.spec.space.preset == "tiny"

    trials = load("api.trials.get_trials").sync(job.id, client=client).items
    assert [trial.number for trial in trials] == [1, 0]
    assert trials[0].values["accuracy"] == 0.75
    trial = load("api.trials.get_trial").sync(job.id, 0, client=client)
    assert [point.training_epoch for point in trial.curve] == [1, 2]

    front = load("api.front.get_front").sync(job.id, client=client)
    assert front.knee in {model.id for model in front.models}
    model = load("api.models.get_model").sync(job.id, front.knee, client=client)
    assert model.checkpoint.size == len(b"weights")
    checkpoint = load("api.models.get_checkpoint").sync(job.id, front.knee, client=client)
    assert checkpoint.payload.read() == b"weights"


def test_a_dry_run_and_a_refusal_are_typed_too(client: Any):
    models = load("models")
    post = load("api.jobs.post_job").sync
    run = post(client=client, body=models.JobSpec.from_dict(SPEC), dry_run=True)
    assert isinstance(run, models.DryRun)
    refused = post(client=client, body=models.JobSpec.from_dict({**SPEC, "budget": {"trials": 0}}))
    assert isinstance(refused, models.Problem)
    assert [fault.pointer for fault in refused.errors] == ["/budget/trials"]
    absent = load("api.jobs.get_job").sync("job_nope", client=client)
    assert (absent.status, absent.code) == (404, "not_found")
