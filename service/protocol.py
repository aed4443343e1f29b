"""The wire between the execution plane and the control plane, under `/api/v1`.

The dispatcher asks for work (`/dispatch/…`, a dispatcher token); a runner owns one job at one epoch
(`/runner/jobs/{job_id}/…`, a token bound to both). Every message of a runner carries its epoch; a
stale one is answered 409 and changes nothing. Records may be sent again after a lost reply: a
record that is stored already is accepted and stored once.

| method, path | body → reply |
|---|---|
| POST /dispatch/beat | Beat → BeatReply |
| POST /dispatch/claim | ClaimRequest → ClaimReply |
| POST /dispatch/jobs/{job_id}/lost | Lost → 204 |
| POST /runner/jobs/{job_id}/hello | Hello → HelloReply |
| POST /runner/jobs/{job_id}/renew | Renew → Orders |
| POST /runner/jobs/{job_id}/records | Records → RecordsReply |
| POST /runner/jobs/{job_id}/winners | Renew → Winners |
| POST /runner/jobs/{job_id}/latencies | Digests → Latencies |
| POST /runner/jobs/{job_id}/measure | Measuring → Measured |
| PUT /runner/jobs/{job_id}/artifacts/{sha256} | bytes → 204 |
| GET /runner/jobs/{job_id}/artifacts/{sha256} | bytes |
| GET /runner/jobs/{job_id}/dataset/{file} | bytes, ranges too; 404 where the control plane lacks it |
| POST /runner/jobs/{job_id}/finish | Finish → 204 |

The agent of a device has messages of its own: `service.devices.protocol`.
"""

import secrets
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from searchspace.datasets import DatasetInfo
from searchspace.spec import ExportFormat
from service.lifecycle import Desired as Desired
from service.lifecycle import JobReason as JobReason
from service.lifecycle import JobState as JobState
from service.lifecycle import TrialPurpose as TrialPurpose
from service.lifecycle import TrialReason as TrialReason
from service.lifecycle import TrialState as TrialState
from service.lifecycle import trial_state_after as trial_state_after

PROTOCOL_VERSION = 1

TEST_ACCURACY = "test_accuracy"
"""Among the values of a retraining and of nothing else: a fraction 0..1 on the test part."""

MAX_COUNT = 2**31 - 1
"""The most that a column of whole numbers holds on every database."""
MAX_VALUE = 2.0**53
"""Nothing measured is larger; four such values multiplied are far from a float's end."""


def _storable(text: str) -> str:
    # What a process printed may hold anything, and PostgreSQL takes no text with a NUL.
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


Epoch = Annotated[int, Field(strict=True, ge=1, le=MAX_COUNT)]
Number = Annotated[int, Field(strict=True, ge=0, le=MAX_COUNT)]
Attempt = Annotated[int, Field(strict=True, ge=1, le=MAX_COUNT)]
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Boot = Annotated[str, Field(max_length=64)]
ClusterName = Annotated[str, Field(max_length=200)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Value = Annotated[float, Field(allow_inf_nan=False, ge=-MAX_VALUE, le=MAX_VALUE)]
Detail = Annotated[str, Field(max_length=4000), AfterValidator(_storable)]
Milliseconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def new_runner_token(job_id: str, epoch: int) -> str:
    """A token for one epoch of a job, good once the control plane knows its hash.

    It names the epoch, so that a runner which comes late is told 409 and not 401.
    """
    return f"tcr_{job_id}_{epoch}_{secrets.token_urlsafe(32)}"


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Node(Wire):
    """What one machine of the cluster offers to trials.

    executorch: whether it can make `pte` exports, as far as its dispatcher can tell.
    custom: what else it offers, by name.
    """

    cpus: Seconds
    gpus: Seconds
    executorch: bool = False
    custom: dict[str, Seconds] = Field(default_factory=dict, exclude_if=lambda value: not value)

    def holds(self, cpus: float, gpus: float, custom: Mapping[str, float]) -> bool:
        """Whether it could take so much at once."""
        special = all(self.custom.get(name, 0.0) >= amount for name, amount in custom.items())
        return self.cpus >= cpus and self.gpus >= gpus and special


class Beat(Wire):
    """A dispatcher is alive, and what it could run.

    dispatcher: UUID of this boot of the dispatcher.
    cluster: stable name of the Ray cluster; jobs are held per cluster.
    datasets: what its nodes have.
    fetching: whether its nodes fetch what the control plane has.
    """

    protocol: int = PROTOCOL_VERSION
    dispatcher: Boot
    cluster: ClusterName
    nodes: tuple[Node, ...]
    datasets: tuple[DatasetInfo, ...] = ()
    fetching: bool = False


class Held(Wire):
    """A job that some runner of this cluster should be driving.

    starting_seconds: time since its claim, for as long as its runner has not said hello.
    """

    job_id: str
    epoch: Epoch
    handle: str
    state: JobState
    desired: Desired
    starting_seconds: Seconds | None = None


class BeatReply(Wire):
    held: tuple[Held, ...]


class ClaimRequest(Wire):
    dispatcher: Boot
    cluster: ClusterName


class Claim(Wire):
    """A job to launch. `handle` is the Ray submission id: launching twice is impossible.

    runner_token: good for the runner's hello, which puts one of its own in its place.
    traceparent: of the job's trace; left out where it has none.
    """

    job_id: str
    epoch: Epoch
    handle: str
    runner_token: str
    gpus: Seconds
    traceparent: Annotated[str | None, Field(exclude_if=lambda value: value is None)] = None


class ClaimReply(Wire):
    claim: Claim | None


class Lost(Wire):
    """The cluster says that this runner is gone.

    launched: False where it never was there, which is no fault of the job's.
    """

    dispatcher: Boot
    epoch: Epoch
    detail: Detail = ""
    launched: bool = True


class GivenPoint(Wire):
    """A person's own point, to be run before the sampler is asked again."""

    id: str
    parameters: dict[str, bool | int | float | str]


class Orders(Wire):
    """What the control plane wants of a runner now.

    slots: how many trials the job may run at once.
    trials, wall_clock_seconds: the budget, which a person may have enlarged.
    wall_clock_used: seconds that earlier epochs and this one have run.
    lease_seconds: the lease's length from now; without a renewal for most of it, fence yourself.
    points: people's own, in order; each is gone from here once a reservation has named it.
    give_way: the job has had no slots for so long that its runner should leave its place to another.
    """

    desired: Desired
    slots: int
    trials: int
    wall_clock_seconds: float | None
    wall_clock_used: Seconds
    lease_seconds: Seconds
    renew_after_seconds: Seconds
    points: tuple[GivenPoint, ...] = ()
    give_way: bool = False


class Latency(Wire):
    """Milliseconds of one batch; `reference` is a fixed model's fastest run, measured around."""

    min: Milliseconds
    median: Milliseconds
    p90: Milliseconds
    runs: Annotated[int, Field(ge=1)]
    reference: Milliseconds


class Report(Wire):
    """One training epoch of a trial, counted from 1. `checkpoint`: where to go on from."""

    kind: Literal["report"] = "report"
    number: Number
    attempt: Attempt
    training_epoch: Annotated[int, Field(strict=True, ge=1, le=MAX_COUNT)]
    accuracy: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    loss: Finite
    seconds: Seconds
    checkpoint: Sha256 | None = None


class Reserve(Wire):
    """A new trial's parameters, stored before Ray Tune sees them. Numbers have no gaps.

    point: the person's own point that the trial is made of.
    rejected: sampled points that broke a constraint since the reservation before.
    subject: of a baseline its name; of a retraining the id of the model that is trained anew.
    """

    kind: Literal["reserve"] = "reserve"
    number: Number
    parameters: dict[str, bool | int | float | str]
    architecture: dict[str, Any]
    architecture_digest: Sha256
    seed: Seed
    point: str | None = None
    rejected: Number = 0
    purpose: TrialPurpose = TrialPurpose.SEARCH
    subject: Annotated[str, Field(max_length=40)] | None = None

    @model_validator(mode="after")
    def _subject_unless_searched(self) -> Self:
        if (self.purpose is TrialPurpose.SEARCH) != (self.subject is None):
            raise ValueError("a trial has a subject unless it is part of the search")
        return self


class Start(Wire):
    """The trial's process begins an attempt."""

    kind: Literal["start"] = "start"
    number: Number
    attempt: Attempt


class Measure(Wire):
    """What is known before training: params, macs, size_bytes, latency_ms.

    seconds: how long it took to find it out; left out where nobody has timed it.
    """

    kind: Literal["measure"] = "measure"
    number: Number
    attempt: Attempt
    values: dict[str, Value]
    latency: Latency
    seconds: Annotated[Seconds | None, Field(exclude_if=lambda value: value is None)] = None


class Export(Wire):
    """Another form of a model, uploaded before this record.

    accuracy, latency: its own; None where they are the model's.
    """

    form: ExportFormat
    sha256: Sha256
    accuracy: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    latency: Latency | None = None


class Model(Wire):
    """One deliverable model of a trial. `checkpoint` was uploaded before this record."""

    ranks: tuple[int, int, int] | None
    head: Annotated[str, Field(max_length=16)]
    architecture: dict[str, Any]
    architecture_digest: Sha256
    values: dict[str, Value]
    latency: Latency
    checkpoint: Sha256
    checkpoint_bytes: Annotated[int, Field(strict=True, ge=1)]
    exports: tuple[Export, ...] = ()


class Stop(Wire):
    """The trial's end; `reason` decides its state. `values` holds whatever was measured.

    copy_of: the complete trial of the same point whose result this one takes, without training.
    seconds: how long delivering took after the last training epoch; left out where nobody timed it.
    """

    kind: Literal["stop"] = "stop"
    number: Number
    attempt: Attempt
    reason: TrialReason
    detail: Detail = ""
    values: dict[str, Value] = {}
    models: tuple[Model, ...] = ()
    copy_of: Number | None = None
    seconds: Annotated[Seconds | None, Field(exclude_if=lambda value: value is None)] = None


Record = Annotated[Reserve | Start | Measure | Report | Stop, Field(discriminator="kind")]


class Records(Wire):
    """Records in the order they happened; stored together or not at all."""

    epoch: Epoch
    records: Annotated[tuple[Record, ...], Field(max_length=1000)]


class RecordsReply(Wire):
    """latencies: what is on record already for the reserved trials' architectures, by number."""

    orders: Orders
    latencies: dict[int, Latency]


class KnownTrial(Wire):
    """A recorded trial, as a restarted runner needs it.

    architecture: of one that is no part of the search; the others' parameters tell theirs.
    """

    number: Number
    state: TrialState
    reason: TrialReason | None
    parameters: dict[str, bool | int | float | str]
    seed: Seed
    attempts: Number
    values: dict[str, float]
    latency: Latency | None
    reports: tuple[Report, ...]
    purpose: TrialPurpose = TrialPurpose.SEARCH
    subject: str | None = None
    architecture: dict[str, Any] | None = None


class Observation(Wire):
    """A result from outside the job: a point of its space, and what was measured of it."""

    parameters: dict[str, bool | int | float | str]
    values: dict[str, Value]


class Digests(Wire):
    epoch: Epoch
    digests: Annotated[tuple[Sha256, ...], Field(max_length=1000)]


class Latencies(Wire):
    """What is on record for architectures under the job's device profile, by digest."""

    latencies: dict[str, Latency]


class Measuring(Wire):
    """A model whose latency on the job's device a trial waits for; asked again until it is there.

    subject: under what it goes on record: the architecture's digest, or the file's own hash.
    model, reference: hashes of ONNX files, uploaded before.
    """

    epoch: Epoch
    subject: Sha256
    model: Sha256
    reference: Sha256


class Measured(Wire):
    """failed: why the device cannot measure it; neither is set while it is waited for."""

    latency: Latency | None = None
    failed: str | None = None


class Hello(Wire):
    """The runner is up. `runner` says where: node and process id, for people.

    token_sha256: of a token that the runner has made for itself (`new_runner_token`). From then
        on it alone opens the job: the claim's has been seen by whoever may list Ray's jobs.
    """

    protocol: int = PROTOCOL_VERSION
    epoch: Epoch
    runner: Annotated[str, Field(max_length=200)]
    token_sha256: Sha256 | None = None


class HelloReply(Wire):
    """observations: what the sampler is to know before the trials; the same at every hello."""

    spec: dict[str, Any]
    dataset: DatasetInfo
    trials: tuple[KnownTrial, ...]
    orders: Orders
    observations: tuple[Observation, ...] = ()


class Renew(Wire):
    epoch: Epoch


class Winner(Wire):
    """A model of the front that is to be trained longer."""

    model_id: str
    parameters: dict[str, bool | int | float | str]
    architecture: dict[str, Any]


class Winners(Wire):
    models: tuple[Winner, ...]


class Finish(Wire):
    """The runner gives the job up; `reason` decides the job's state.

    rejected: sampled points that broke a constraint since the last reservation.
    trials: how many of the search the runner has handed out; a budget that has grown beyond them is not spent.
    """

    epoch: Epoch
    reason: JobReason
    detail: Detail = ""
    trials: Number | None = None
    rejected: Number = 0
