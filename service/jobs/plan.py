"""Whether a posted document is a job that can run here: a pure decider.

It decides before anything is stored, so that no job waits for what never comes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from searchspace.bounds import Bounds, cost_bounds, space_size, unsatisfiable
from searchspace.compression import space_of
from searchspace.datasets import KNOWN, DatasetInfo
from searchspace.errors import InvalidDocument, Problem, json_pointer
from searchspace.objectives import Constraint, Metric
from searchspace.reference import reference_point
from searchspace.space import Space, resolve
from searchspace.spec import (
    LOCAL_PROFILE,
    DatasetSpec,
    ExportFormat,
    JobSpec,
    LatencySpec,
    ResourcesSpec,
    SpaceSpec,
    SuccessiveHalving,
    TrainingSpec,
)
from service.errors import Unprocessable
from service.jobs.catalogue import command_for
from service.jobs.ground import Ground
from service.protocol import MAX_VALUE, Node

MOST_IMAGE_BYTES = 4 * 2**30
"""Of a train part, which each trial's process holds decoded, a byte for each channel of a pixel."""

MEASURED_RANGE = {Metric.ACCURACY: (0.0, 1.0), Metric.LATENCY_MS: (0.0, float("inf"))}
"""What the metrics that only a trial can tell may be at all."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A job that can run: its spec with every default and preset written out."""

    spec: JobSpec
    dataset: DatasetInfo
    space_size: int
    bounds: Bounds
    reference_point: tuple[float, ...]


def plan(document: object, ground: Ground) -> Plan:
    """Check a posted document.

    Raises:
        InvalidDocument: its form is wrong, or its parts contradict each other.
        Unprocessable: `dataset_absent`: the data set is not here; `unsatisfiable`: no point of
            the space meets a constraint, or no node can hold a trial.
    """
    spec = JobSpec.parse(document)
    if spec.compress is not None:
        message = "is written by POST /api/v1/compressions alone"
        raise InvalidDocument.at("/compress", message)
    return plan_spec(spec, ground)


def plan_spec(spec: JobSpec, ground: Ground) -> Plan:
    """Check a spec of good form, that of a compression included. Raises as `plan` does."""
    dataset = find_dataset(spec.dataset, ground)
    _refuse_invalid(
        chain(
            _images(spec.dataset, dataset),
            _training(spec),
            _devices(spec, ground),
            _exports(spec, ground.nodes),
        )
    )
    resolved = resolve(spec, dataset)
    space = space_of(resolved, dataset)
    _refuse_invalid(_known_results(resolved, space))
    if resolved.compress is None:
        bounds, size = measure(resolved.space, dataset)
    else:
        bounds, size = cost_bounds(space), space_size(space)
    _refuse_unsatisfiable(
        chain(
            unsatisfiable(resolved.constraints, bounds),
            _contradictory(resolved.constraints),
            _unheld(resolved.resources, resolved.latency, ground.nodes),
        )
    )
    reference = reference_point(resolved.objectives, resolved.constraints, bounds)
    _refuse_invalid(_far_references(resolved, reference))
    return Plan(resolved, dataset, size, bounds, reference)


def _far_references(spec: JobSpec, reference: Sequence[float]) -> Iterator[Problem]:
    """A volume as wide as a float goes would be infinite, and no number in JSON."""
    for index, (objective, value) in enumerate(zip(spec.objectives, reference, strict=True)):
        if abs(value) > MAX_VALUE:
            own = ("reference",) if objective.reference is not None else ()
            message = f"the reference point must lie within -{MAX_VALUE:g} and {MAX_VALUE:g}"
            yield Problem(json_pointer(("objectives", index, *own)), message)


def find_dataset(spec: DatasetSpec, ground: Ground) -> DatasetInfo:
    """The data set with images of the size that the spec asks for.

    Raises:
        Unprocessable: `dataset_absent`: it is not here.
    """
    found = ground.datasets.get(spec.key)
    if found is not None:
        return found.resized(spec.image_size)
    known = spec.folder is None and spec.key in KNOWN
    what = f"data set {spec.key}" if known else f"a folder registered as {spec.folder}"
    raise Unprocessable(
        f"{what} is not on this machine; `{command_for(spec.key)}` brings it",
        code="dataset_absent",
        problems=[
            Problem(
                "/dataset/name" if spec.folder is None else "/dataset/folder",
                f"not on this machine; `{command_for(spec.key)}` brings it",
            )
        ],
    )


def _images(spec: DatasetSpec, dataset: DatasetInfo) -> Iterator[Problem]:
    images = min(spec.train_size or dataset.train_images, dataset.train_images)
    if images < 2 * dataset.classes:
        message = f"{dataset.classes} classes need at least {2 * dataset.classes} images"
        yield Problem("/dataset/train_size", message)
    taken = images * dataset.image.size
    if spec.image_size is not None and taken > MOST_IMAGE_BYTES:
        message = (
            f"{images:,} images of that size take {taken / 2**30:.1f} GiB in the memory of every "
        )
        message += (
            f"trial, and {MOST_IMAGE_BYTES / 2**30:.0f} GiB are the most; lower it or train_size"
        )
        yield Problem("/dataset/image_size", message)
    validation = round(images * spec.validation_fraction)
    if not 0 < validation < images:
        message = f"leaves {validation} of {images} images for validation"
        yield Problem("/dataset/validation_fraction", message)


def _training(spec: JobSpec) -> Iterator[Problem]:
    stopping, most = spec.early_stopping, spec.budget.training_epochs
    if isinstance(stopping, SuccessiveHalving) and stopping.min_training_epochs > most:
        message = f"a trial ends after budget.training_epochs, which is {most}"
        yield Problem("/early_stopping/min_training_epochs", message)
    gpus = spec.resources.gpus
    if gpus > 1 and not gpus.is_integer():
        yield Problem("/resources/gpus", "more than one GPU must be a whole number of them")


def _devices(spec: JobSpec, ground: Ground) -> Iterator[Problem]:
    device = spec.latency.device
    if device is not None and device not in ground.devices:
        there = ", ".join([LOCAL_PROFILE, *sorted(ground.devices)])
        message = f"no device of the team has registered as {device}; there is {there}. "
        message += f"`tclsearch device agent --profile {device}`, run on it, registers it"
        yield Problem("/latency/profile", message)


def _exports(spec: JobSpec, nodes: Sequence[Node]) -> Iterator[Problem]:
    if ExportFormat.PTE in spec.exports and not any(node.executorch for node in nodes):
        message = "no node can make it: its extra is missing. "
        message += "`pip install 'tclsearch[executorch]'`, run on the cluster, brings it"
        yield Problem(json_pointer(("exports", spec.exports.index(ExportFormat.PTE))), message)


def _known_results(spec: JobSpec, space: Space) -> Iterator[Problem]:
    """Faults of a person's own results: no points of the space, or values that cannot be."""
    for index, known in enumerate(spec.known):
        at = ("known", index)
        try:
            space.check(known.parameters)
        except InvalidDocument as error:
            for problem in error.problems:
                yield Problem(json_pointer(at) + problem.pointer, problem.message)
        for objective in spec.objectives:
            if objective.metric not in known.values:
                message = f"{objective.metric.value}, an objective of the job, is missing"
                yield Problem(json_pointer((*at, "values")), message)
        for metric, value in known.values.items():
            low, high = MEASURED_RANGE.get(metric, (0.0, MAX_VALUE))
            if not low <= value <= min(high, MAX_VALUE):
                yield Problem(json_pointer((*at, "values", metric)), _outside(low, high))


def _outside(low: float, high: float) -> str:
    return f"must be at least {low:g} and at most {min(high, MAX_VALUE):g}"


def _contradictory(constraints: Iterable[Constraint]) -> Iterator[Problem]:
    """Constraints that leave nothing of what a metric can be, alone or with earlier ones."""
    left: dict[Metric, tuple[float, float]] = dict(MEASURED_RANGE)
    for index, constraint in enumerate(constraints):
        low, high = left.get(constraint.metric, (0.0, float("inf")))
        low = low if constraint.min is None else max(low, constraint.min)
        high = high if constraint.max is None else min(high, constraint.max)
        if low > high:
            message = f"no {constraint.metric.value} meets this and what is asked of it besides"
            yield Problem(json_pointer(("constraints", index)), message)
            return
        left[constraint.metric] = (low, high)


def _unheld(
    resources: ResourcesSpec, latency: LatencySpec, nodes: Sequence[Node]
) -> Iterator[Problem]:
    cpus = max((node.cpus for node in nodes), default=0)
    gpus = max((node.gpus for node in nodes), default=0)
    if resources.cpus > cpus:
        yield Problem("/resources/cpus", f"the largest node has {cpus:g} CPUs")
    if resources.gpus > gpus:
        yield Problem("/resources/gpus", f"the largest node has {gpus:g} GPUs")
    if latency.device is None and latency.threads > cpus:
        yield Problem("/latency/threads", f"the largest node has {cpus:g} CPUs")
    custom = resources.custom
    most = {name: max((n.custom.get(name, 0.0) for n in nodes), default=0.0) for name in custom}
    for name, amount in custom.items():
        if amount > most[name]:
            at = json_pointer(("resources", "custom", name))
            yield Problem(at, f"no node has more than {most[name]:g} of it")
    holds = any(node.holds(resources.cpus, resources.gpus, custom) for node in nodes)
    each_is_there = resources.cpus <= cpus and resources.gpus <= gpus
    each_is_there &= all(amount <= most[name] for name, amount in custom.items())
    if not holds and each_is_there:
        what = "CPUs and GPUs" if not custom else "CPUs, GPUs and custom resources"
        yield Problem("/resources", f"no one node has as many {what} together")


def measure(space: SpaceSpec, dataset: DatasetInfo) -> tuple[Bounds, int]:
    """Bounds and number of the architectures of a resolved space."""
    # How they are trained makes no difference, and so should not miss the cache.
    return _measured(space.model_copy(update={"training": TrainingSpec()}), dataset)


@lru_cache(maxsize=256)
def _measured(space: SpaceSpec, dataset: DatasetInfo) -> tuple[Bounds, int]:
    # Kept, because counting a large space takes a second.
    # Only the space counts here; the rest of a spec is not hashable.
    bare = JobSpec(
        version=1, name="space", dataset=DatasetSpec(name="digits"), space=space, tags={}
    )
    whole = Space(bare, dataset)
    return cost_bounds(whole), space_size(whole)


def _refuse_invalid(problems: Iterable[Problem]) -> None:
    found = tuple(problems)
    if found:
        raise InvalidDocument(found)


def _refuse_unsatisfiable(problems: Iterable[Problem]) -> None:
    found = tuple(problems)
    if found:
        first = f"{found[0].pointer}: {found[0].message}"
        raise Unprocessable(first, code="unsatisfiable", problems=found)
