"""A whole deployment: PostgreSQL, an S3 server, a control plane, and Ray on a head and two nodes."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from searchspace.spec import JobSpec
from tclsearch.verify import reevaluate
from tclsearch_client import Client
from tests.cluster.stripes import DATASET, KEY, install_stripes
from tests.e2e.ray_nodes import CPUS, DESK, RayNode, RayNodes, hold_trials, ray_nodes
from tests.e2e.service_process import STOP_SECONDS, ServiceProcess, has_ended, serving, wait_until
from tests.s3_server import BUCKET, S3Server

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits.yaml"
TRIALS, EPOCHS = 2, 16
ENDS = ("complete", "pruned", "failed", "cancelled")
NOTICE_SECONDS = 180.0
JOB_SECONDS = 400.0

pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True)
class Deployment:
    """Its control plane, its cluster, and the objects of its bucket."""

    service: ServiceProcess
    nodes: RayNodes
    stored: Callable[[], list[str]]

    @property
    def workers(self) -> tuple[RayNode, RayNode]:
        return self.nodes.nodes["second"], self.nodes.nodes["third"]

    def restore(self) -> None:
        """Have two nodes beside the head, and the control plane know of them."""
        alive = self.nodes.alive()
        for name in ("second", "third"):
            if self.nodes.nodes[name].address not in alive:
                self.nodes.nodes[name].kill()
                self.nodes.join(name)
        self.nodes.await_nodes(3)
        self.await_report()

    def await_report(self) -> None:
        """Until the control plane was told what two nodes offer."""
        wait_until(lambda: len(self._offering()) == 2, NOTICE_SECONDS, self.service.log)

    def _offering(self) -> list[dict[str, Any]]:
        clusters = self.service.call("GET", "/cluster").json()["clusters"]
        nodes = [node for cluster in clusters for node in cluster["nodes"]]
        return [node for node in nodes if (node["cpus"], node.get("custom")) == (CPUS, DESK)]


@pytest.fixture(scope="module")
def deployment(
    postgresql: Callable[[str], str], s3: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("deployment")
    address = s3.address()
    store = {"artifacts": address, "artifacts_endpoint": s3.endpoint}
    database = ("--database-url", postgresql("three_nodes"))

    def stored() -> list[str]:
        prefix = address.removeprefix(f"s3://{BUCKET}/")
        listed = s3.client.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [each["Key"] for each in listed.get("Contents", [])]

    with ExitStack() as stack:
        nodes = stack.enter_context(ray_nodes("second", "third"))
        service = stack.enter_context(
            serving(folder / "plane", "--no-dispatcher", *database, **store)
        )
        install_stripes(service.data_dir)
        nodes.await_nodes(3)
        stack.enter_context(dispatching(service, nodes, folder / "dispatcher"))
        deployment = Deployment(service, nodes, stored)
        deployment.await_report()
        yield deployment


@contextmanager
def dispatching(service: ServiceProcess, nodes: RayNodes, data_dir: Path) -> Iterator[None]:
    """A dispatcher that knows two addresses and their tokens, and nothing else of either."""
    token = (service.data_dir / "dispatcher-token").read_text().strip()
    command = [sys.executable, "-m", "workers.dispatcher", "--url", service.url]
    command += ["--data-dir", str(data_dir), "--ray-address", nodes.url]
    # Every training epoch is kept.
    command += ["--checkpoint-seconds", "0"]
    variables = {**os.environ, "TCLSEARCH_TOKEN": token, "RAY_AUTH_TOKEN": nodes.token}
    with service.log_path.open("ab") as log:
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        status = process.wait(STOP_SECONDS)
    assert status == 0, service.log()


def test_a_posted_search_ends_with_a_model_that_is_what_the_front_says(
    deployment: Deployment, tmp_path: Path
) -> None:
    service = deployment.service
    spec = yaml.safe_load(EXAMPLE.read_text()) | {
        "budget": {"trials": 3, "training_epochs": 2},
        "resources": {"cpus": 1, "concurrency": 2, "custom": DESK},
    }
    with Client(service.url, service.token) as client:
        job = client.wait(client.submit(spec).id, timeout=JOB_SECONDS)
        assert (job.state, job.reason) == ("succeeded", "budget_spent"), service.log()
        front = client.front(job.id)
        knee = next(model for model in front.models if model.id == front.knee)
        checkpoint = client.download(job.id, "knee", tmp_path)
    verdict = reevaluate(checkpoint, JobSpec.parse(job.spec), tmp_path)
    assert (verdict.accuracy, verdict.params) == (knee.values["accuracy"], knee.values["params"])
    assert not (service.data_dir / "artifacts").exists()
    assert any(key.endswith(knee.checkpoint.sha256) for key in deployment.stored())


class Search:
    """A job whose trials take a node each, on data that no node has."""

    def __init__(self, deployment: Deployment) -> None:
        self._service = deployment.service
        self._nodes = deployment.nodes
        self.id = self._service.post_job(
            dataset=DATASET,
            space={"preset": "tiny"},
            budget={"trials": TRIALS, "training_epochs": EPOCHS},
            early_stopping={"name": "none"},
            resources={"cpus": CPUS, "concurrency": 2},
        )

    def end(self) -> Counter[str]:
        """Why trials were suspended on the way to the end, which is that of exactly its budget."""
        job = self._service.wait_for(self.id, has_ended, JOB_SECONDS)
        assert (job["state"], job["reason"]) == ("succeeded", "budget_spent"), self._nodes.log()
        with Client(self._service.url, self._service.token) as client:
            events = list(client.watch(self.id))
        told = [event.data for event in events if event.event == "trial.state"]
        ends = [(trial["number"], trial["state"]) for trial in told if trial["state"] in ENDS]
        assert sorted(ends) == [(number, "complete") for number in range(TRIALS)], (
            self._nodes.log()
        )
        reports = [event.data for event in events if event.event == "trial.report"]
        epochs = sorted((report["number"], report["training_epoch"]) for report in reports)
        assert set(epochs) == set(product(range(TRIALS), range(1, EPOCHS + 1)))
        for number in range(TRIALS):
            curve = self._service.call("GET", f"/jobs/{self.id}/trials/{number}").json()["curve"]
            assert [point["training_epoch"] for point in curve] == [*range(1, EPOCHS + 1)]
        return Counter(trial["reason"] for trial in told if trial["state"] == "suspended")


def test_the_trial_of_a_machine_that_dies_goes_on_elsewhere_and_is_charged_nothing(
    deployment: Deployment,
) -> None:
    """F5. Others may be suspended too, as preempted, for there is room for fewer."""
    search = Search(deployment)
    second, third = deployment.workers
    held, _ = hold_trials(second, third)
    third.kill()
    os.kill(held, signal.SIGCONT)
    assert search.end()["node_lost"] == 1, deployment.nodes.log()
    brought = [path.name for path in second.cache.glob("*/datasets/*")]
    assert brought == [KEY], "once, whatever the number of its trials"


@pytest.mark.slow
def test_a_machine_that_was_cut_off_and_comes_back_changes_nothing(deployment: Deployment) -> None:
    """F9."""
    deployment.restore()
    search = Search(deployment)
    second, third = deployment.workers
    held, _ = hold_trials(second, third)
    third.cut_off()
    os.kill(held, signal.SIGCONT)
    assert search.end()["node_lost"] == 1
    before = deployment.service.trials(search.id)
    third.come_back()
    # What is left of the trial, and of the node, ends by itself.
    wait_until(lambda: not third.runs("ray::ResourceTrainable"), NOTICE_SECONDS, third.log)
    assert deployment.service.trials(search.id) == before
