"""Replies about clusters, and people's own devices."""

from datetime import datetime

from pydantic import Field

from service.api.schemas.queue import Slots
from service.api.schemas.reply import Reply


class ClusterNode(Reply):
    """What one machine offers to trials; custom: what else, by name."""

    cpus: float
    gpus: float
    custom: dict[str, float] = Field({})


class Cluster(Reply):
    """A Ray cluster, as one of its dispatchers reported it last; alive: whether that was lately.

    datasets: keys of those that its trials find there.
    """

    name: str
    alive: bool
    nodes: list[ClusterNode]
    datasets: list[str]
    seen_at: datetime


class Dispatcher(Reply):
    """One boot of a dispatcher, and when it was heard of last."""

    id: str
    cluster: str
    alive: bool
    seen_at: datetime


class Device(Reply):
    """A device that measures models' latency, as its agent last reported it."""

    profile: str
    alive: bool
    seen_at: datetime
    machine: str
    system: str
    python: str
    onnxruntime: str
    cpus: int


class DeviceList(Reply):
    items: list[Device]
    next_cursor: None = None


class Clusters(Reply):
    """ray_dashboard_url: for administrators of every team, where the operator has set it."""

    clusters: list[Cluster]
    dispatchers: list[Dispatcher]
    slots: Slots
    ray_dashboard_url: str | None
