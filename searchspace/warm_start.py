"""What one job's trials tell another one: pure deciders."""

from collections.abc import Mapping

from searchspace.architecture import HeadKind
from searchspace.datasets import DatasetInfo
from searchspace.dimensions import Value
from searchspace.errors import InvalidDocument
from searchspace.objectives import Metric
from searchspace.space import Space
from searchspace.spec import JobSpec, Range, RankPolicy, SpaceSpec

SEARCHABLE = ("learning_rate", "weight_decay", "label_smoothing")


def incomparable(
    spec: JobSpec, dataset: DatasetInfo, earlier: JobSpec, earlier_dataset: DatasetInfo
) -> str | None:
    """Why an earlier job's values say nothing about a new one's objectives; None where they do.

    Only the objectives and constraints of the new job count: whoever looks for parameters alone
    may learn from a job that trained longer.
    """
    metrics = {o.metric for o in spec.objectives} | {c.metric for c in spec.constraints}
    if dataset.image != earlier_dataset.image or dataset.classes != earlier_dataset.classes:
        return "its images or classes are others"
    if Metric.LATENCY_MS in metrics and spec.latency.key != earlier.latency.key:
        return f"its latencies are of {earlier.latency.key}, not {spec.latency.key}"
    if Metric.ACCURACY not in metrics:
        return None
    if _split(spec, dataset) != _split(earlier, earlier_dataset):
        return "its accuracies are of other images"
    epochs, others = spec.budget.training_epochs, earlier.budget.training_epochs
    if epochs != others:
        return f"its accuracies are those after {others} training epochs, not {epochs}"
    return None


def carried_over(
    parameters: Mapping[str, object], source: SpaceSpec, space: Space
) -> dict[str, Value] | None:
    """A trial's parameters as a point of another space on the same images; None if it is none.

    A hyperparameter may be searched in one space and fixed in the other, where its value fits.

    source: the resolved space that the trial was sampled from.
    """
    wanted = space.spec
    ranks, own = wanted.head.ranks, source.head.ranks
    # Searched ranks are parameters, compared like all of them.
    searched = ranks.policy is own.policy is RankPolicy.SEARCHED
    if parameters.get("head.kind") == HeadKind.TCL and not searched and ranks != own:
        return None
    if source.training.batch_size != wanted.training.batch_size:
        return None
    moved = {n: v for n, v in parameters.items() if not n.startswith("training.")}
    for name in SEARCHABLE:
        given, before = getattr(wanted.training, name), getattr(source.training, name)
        value = parameters.get(f"training.{name}") if isinstance(before, Range) else before
        if isinstance(given, Range):
            moved[f"training.{name}"] = value
        elif value != given:
            return None
    try:
        return space.check(moved)
    except InvalidDocument:
        return None


def _split(spec: JobSpec, dataset: DatasetInfo) -> tuple[str, int, float]:
    images = min(spec.dataset.train_size or dataset.train_images, dataset.train_images)
    return dataset.key, images, spec.dataset.validation_fraction
