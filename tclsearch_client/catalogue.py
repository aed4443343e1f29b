"""What the service has beside jobs: queue, clusters, data sets, presets, samplers, the caller."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from tclsearch_client.documents import Document


class QueuedJob(Document):
    """reason: why it waits, in words; boost: priority that it has gained by waiting."""

    job_id: str
    name: str
    team: str
    owner: str
    position: int
    priority: int
    boost: int = 0
    reason: str
    estimated_start: datetime | None = None


class RunningJob(Document):
    """slots: trials that the job may run at once now."""

    job_id: str
    name: str
    team: str
    owner: str
    priority: int
    state: str
    started_at: datetime | None = None
    slots: int
    trials_running: int


class Slots(Document):
    total: int
    busy: int


class Queue(Document):
    running: Sequence[RunningJob]
    queued: Sequence[QueuedJob]
    slots: Slots


class ClusterNode(Document):
    cpus: float
    gpus: float
    custom: Mapping[str, float] = Field(default_factory=dict)


class Cluster(Document):
    """A Ray cluster, as one of its dispatchers reported it last; alive: whether that was lately."""

    name: str
    alive: bool
    nodes: Sequence[ClusterNode]
    datasets: Sequence[str] = ()
    seen_at: datetime


class Dispatcher(Document):
    """One boot of a dispatcher, and when it was heard of last."""

    id: str
    cluster: str
    alive: bool
    seen_at: datetime


class Device(Document):
    """A device that measures models' latency, as its agent last reported it."""

    profile: str
    alive: bool
    seen_at: datetime
    machine: str
    system: str
    python: str
    onnxruntime: str
    cpus: int


class Devices(Document):
    items: Sequence[Device]


class Clusters(Document):
    """What there is to run trials on. ray_dashboard_url: for administrators of every team."""

    clusters: Sequence[Cluster]
    dispatchers: Sequence[Dispatcher]
    slots: Slots
    ray_dashboard_url: str | None = None


class DatasetInfo(Document):
    """What the images of a data set look like, and how many there are."""

    classes: int
    train_images: int
    test_images: int
    image: Mapping[str, int]


class Dataset(Document):
    """A data set, and whether jobs can be posted on it; command: what brings one that is absent."""

    name: str
    folder: str | None = None
    available: bool
    command: str | None = None
    info: DatasetInfo


class Datasets(Document):
    items: Sequence[Dataset]


class SpacePreset(Document):
    """A preset on the images of one data set, written out."""

    preset: str
    dataset: str
    space: Mapping[str, Any]
    space_size: int
    params_min: int
    params_max: int


class Spaces(Document):
    items: Sequence[SpacePreset]


class Sampler(Document):
    name: str
    description: str


class Samplers(Document):
    items: Sequence[Sampler]


class Me(Document):
    """Who the token's bearer is. scopes: None for all that the role may."""

    name: str
    team: str
    role: str
    token_id: str
    member: str | None = None
    scopes: Sequence[str] | None = None
