"""A real service on a free port, people of its teams, and a runner that speaks the protocol."""

import hashlib
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import uvicorn
from sqlalchemy import func, select

from searchspace.architecture import Architecture, HeadKind, Ranks
from searchspace.baselines import BaselineName, fitted
from searchspace.compression import space_of
from searchspace.cost import architecture_cost
from searchspace.datasets import KNOWN, DatasetInfo
from searchspace.dimensions import RandomSuggest
from searchspace.space import Space
from searchspace.spec import JobSpec
from service.api.deps import Parts
from service.app import create_app
from service.db.tables import (
    EventRow,
    IdempotencyRow,
    JobRow,
    JobTagRow,
    TeamRow,
)
from service.protocol import Latency
from service.settings import Settings
from service.team.access import Role, create_token
from service.webhooks.targets import Targets

SPEC: dict[str, Any] = {
    "version": 1,
    "name": "digits by night",
    "dataset": {"name": "digits"},
    "space": {"preset": "tiny"},
}
LATENCY = Latency(min=0.5, median=0.6, p90=0.7, runs=250, reference=1.0).model_dump()


NOBODY_THERE = "http://127.0.0.1:65535/"
"""Where webhooks may lead that need lead nowhere."""


def spec(**changes: Any) -> dict[str, Any]:
    return {**SPEC, **changes}


@dataclass
class Served:
    """A running service. `parts` are its insides, for what no route shows."""

    url: str
    parts: Parts
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def data_dir(self) -> Path:
        return self.parts.settings.data_dir

    def person(self, role: Role = Role.EDITOR, team: str = "default") -> httpx.Client:
        """A client with a fresh token of a team, which is made where it is missing."""
        with self.parts.database.write() as session:
            at = self.parts.clock.now(session)
            if session.get(TeamRow, team) is None:
                session.add(TeamRow(name=team, quotas={}, created_at=at))
                session.flush()
            _, token = create_token(session, name="Ada", team=team, role=role, at=at)
        return self.client(token)

    def client(self, token: str | None = None, path: str = "") -> httpx.Client:
        """A client of everything below `path`; closed with the service at the latest."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        url = f"{self.url}/api/v1{path}"
        client = httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=30)
        self.clients.append(client)
        return client

    def stored(self) -> dict[str, int]:
        """How many rows a post could have left behind."""
        with self.parts.database.read() as session:
            return {
                row.__tablename__: session.scalars(select(func.count()).select_from(row)).one()
                for row in (JobRow, JobTagRow, IdempotencyRow, EventRow)
            }


@contextmanager
def serving(data_dir: Path, database_url: str | None = None, **settings: Any) -> Iterator[Served]:
    usual = {
        # One address and few tokens ask for everybody here.
        "rate_limit_per_second": 0,
        "failed_tokens_per_second": 0,
        "webhook_targets": Targets.parse("127.0.0.1/32"),
    }
    app = create_app(Settings(data_dir=data_dir, database_url=database_url, **(usual | settings)))
    listener = socket.create_server(("127.0.0.1", 0))
    # Inherited by what it accepts; asyncio does this only for sockets that it made itself.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        # The listener holds the request back until the start-up is done.
        httpx.get(f"{url}/healthz", timeout=60, trust_env=False).raise_for_status()
        served = Served(url, app.state.parts)
        yield served
        for client in served.clients:
            client.close()
    finally:
        app.state.parts.streams.close()
        server.should_exit = True
        thread.join()


@dataclass
class Dispatcher:
    """A cluster's dispatcher, as far as the control plane sees it."""

    served: Served
    client: httpx.Client
    name: str = "dispatcher-1"
    nodes: tuple[dict[str, float], ...] = ({"cpus": 64, "gpus": 0},)
    datasets: tuple[DatasetInfo, ...] = field(default=(KNOWN["digits"],))

    @classmethod
    def of(cls, served: Served, **given: Any) -> "Dispatcher":
        token = (served.data_dir / "dispatcher-token").read_text().strip()
        return cls(served, served.client(token), **given)

    def beat(self) -> None:
        body = {
            "dispatcher": self.name,
            "cluster": "cluster-1",
            "nodes": self.nodes,
            "datasets": [info.model_dump(mode="json") for info in self.datasets],
        }
        self.client.post("/dispatch/beat", json=body).raise_for_status()

    def claim(self, job_id: str) -> "Runner":
        """Claim until `job_id` comes, and say hello as its runner."""
        self.beat()
        while True:
            body = {"dispatcher": self.name, "cluster": "cluster-1"}
            reply = self.client.post("/dispatch/claim", json=body).raise_for_status().json()
            claim = reply["claim"]
            assert claim is not None, "nothing left to claim"
            if claim["job_id"] == job_id:
                return Runner.of(self, claim)


@dataclass
class Runner:
    """The runner of one job: records what a test wants to have happened."""

    client: httpx.Client
    epoch: int
    space: Space
    recorded: int = 0
    observations: Sequence[dict[str, Any]] = ()

    @classmethod
    def of(cls, dispatcher: Dispatcher, claim: dict[str, Any]) -> "Runner":
        path = f"/runner/jobs/{claim['job_id']}"
        client = dispatcher.served.client(claim["runner_token"], path)
        body = {"epoch": claim["epoch"], "runner": "node-1/4711"}
        hello = client.post("/hello", json=body).raise_for_status().json()
        dataset = DatasetInfo.model_validate(hello["dataset"])
        space = space_of(JobSpec.parse(hello["spec"]), dataset)
        return cls(client, claim["epoch"], space, observations=hello["observations"])

    def record(self, *records: dict[str, Any]) -> None:
        body = {"epoch": self.epoch, "records": records}
        self.client.post("/records", json=body).raise_for_status()

    def finish(self, reason: str) -> None:
        self.client.post(
            "/finish", json={"epoch": self.epoch, "reason": reason}
        ).raise_for_status()

    def reserve(self, rejected: int = 0) -> int:
        """Reserve and start the next trial, after points that broke a constraint."""
        number, _, (reserve, start) = self._reserved()
        self.record(reserve | {"rejected": rejected}, start)
        return number

    def copy(self, source: int) -> None:
        """A whole trial that takes the result of another one."""
        number, self.recorded = self.recorded, source
        reserve, start = self._reserved()[2]
        self.recorded = number + 1
        this = {"number": number, "attempt": 1}
        end = {"kind": "stop", **this, "reason": "finished", "copy_of": source}
        self.record(reserve | {"number": number}, start | this, end)

    def complete(self, accuracy: float, latency_ms: float, content: bytes = b"weights") -> None:
        """A whole trial of two training epochs and one model."""
        self.complete_all([(accuracy, latency_ms)], content)

    def complete_all(
        self, measured: Sequence[tuple[float, float]], content: bytes = b"weights"
    ) -> None:
        """Whole trials of these accuracies and latencies, one after the other."""
        trials = [self._completed(*values, content) for values in measured]
        self.record(*chain.from_iterable(trials))

    def complete_baseline(
        self,
        name: str,
        accuracy: float,
        latency_ms: float,
        content: bytes = b"weights of a baseline",
    ) -> None:
        """A whole trial of a network that the spec names."""
        reserve, *others = self._completed(accuracy, latency_ms, content)
        image, classes = self.space.dataset.image, self.space.dataset.classes
        architecture = fitted(BaselineName(name), image, classes)
        built = {
            "architecture": architecture.model_dump(mode="json"),
            "architecture_digest": architecture.digest,
        }
        reserve |= {"parameters": {}, "purpose": "baseline", "subject": name, **built}
        others[-1]["models"][0] |= {"ranks": None, "head": "torchvision", **built}
        self.record(reserve, *others)

    def complete_exported(
        self, accuracy: float, content: bytes, exports: dict[str, tuple[bytes, float]]
    ) -> None:
        """A whole trial whose model comes in other forms too: their bytes and accuracies."""
        *records, stop = self._completed(accuracy, 0.5, content)
        stop["models"][0]["exports"] = [
            {
                "form": form,
                "sha256": self._upload(data),
                "accuracy": own,
                "latency": {**LATENCY, "min": 0.25},
            }
            for form, (data, own) in exports.items()
        ]
        self.record(*records, stop)

    def winners(self) -> list[dict[str, Any]]:
        reply = self.client.post("/winners", json={"epoch": self.epoch}).raise_for_status()
        models: list[dict[str, Any]] = reply.json()["models"]
        return models

    def complete_retraining(
        self, winner: dict[str, Any], seed: int, accuracy: float, test_accuracy: float
    ) -> None:
        """A whole training anew of a model of the front."""
        content = f"weights by seed {seed}".encode()
        reserve, *others = self._completed(accuracy, 0.5, content)
        purpose = {"purpose": "retrain", "subject": winner["model_id"], "seed": seed}
        reserve |= {"parameters": winner["parameters"], **purpose}
        others[-1]["models"][0]["values"]["test_accuracy"] = test_accuracy
        self.record(reserve, *others)

    def fail(self, reason: str = "exception", detail: str = "boom") -> None:
        number, _, records = self._reserved()
        stop = {"kind": "stop", "number": number, "attempt": 1, "reason": reason, "detail": detail}
        self.record(*records, stop)

    def _reserved(self) -> tuple[int, Architecture, list[dict[str, Any]]]:
        """The next trial, at a point of the space that its number decides."""
        number, self.recorded = self.recorded, self.recorded + 1
        parameters = self.space.sample(RandomSuggest(np.random.default_rng(number)))
        architecture = self.space.decode(parameters).architecture
        reserve = {
            "kind": "reserve",
            "number": number,
            "parameters": parameters,
            "architecture": architecture.model_dump(mode="json"),
            "architecture_digest": architecture.digest,
            "seed": number,
        }
        return number, architecture, [reserve, {"kind": "start", "number": number, "attempt": 1}]

    def complete_ranks(self, models: Mapping[Ranks, tuple[float, bytes]]) -> None:
        """A whole trial of a TCL head with a model for each of these ranks: accuracy and bytes."""
        number, architecture, records = self._reserved()
        made = [
            self._model(architecture.with_head(HeadKind.TCL, ranks), accuracy, 0.5, content)
            for ranks, (accuracy, content) in models.items()
        ]
        self.record(*records, *self._ended(number, made))

    def _completed(
        self, accuracy: float, latency_ms: float, content: bytes
    ) -> list[dict[str, Any]]:
        number, architecture, records = self._reserved()
        model = self._model(architecture, accuracy, latency_ms, content)
        return [*records, *self._ended(number, [model])]

    def _model(
        self, architecture: Architecture, accuracy: float, latency_ms: float, content: bytes
    ) -> dict[str, Any]:
        cost = architecture_cost(architecture)
        return {
            "ranks": architecture.head.ranks,
            "head": architecture.head.kind,
            "architecture": architecture.model_dump(mode="json"),
            "architecture_digest": architecture.digest,
            "values": {
                "accuracy": accuracy,
                "params": cost.params,
                "macs": cost.macs,
                "size_bytes": cost.size_bytes,
                "latency_ms": latency_ms,
            },
            "latency": LATENCY,
            "checkpoint": self._upload(content),
            "checkpoint_bytes": len(content),
        }

    def _ended(self, number: int, models: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What a trial of two training epochs reports, its own values those of its first model."""
        values = models[0]["values"]
        measured = {metric: value for metric, value in values.items() if metric != "accuracy"}
        this = {"number": number, "attempt": 1}
        reports = [
            {
                "kind": "report",
                **this,
                "training_epoch": training_epoch,
                "accuracy": values["accuracy"] * training_epoch / 2,
                "loss": 1 / training_epoch,
                "seconds": 0.25,
            }
            for training_epoch in (1, 2)
        ]
        measure = {"kind": "measure", **this, "values": measured, "latency": LATENCY}
        stop = {"kind": "stop", **this, "reason": "finished", "values": values, "models": models}
        return [measure, *reports, stop]

    def _upload(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        self.client.put(f"/artifacts/{sha256}", content=content).raise_for_status()
        return sha256
