"""What `POST /compressions` is given, made into the plan of an ordinary job.

Everything that can be known of the network and of its weights without loading them is checked
before a job is stored.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from sqlalchemy.orm import Session

from searchspace import baseline_layers
from searchspace.architecture import HeadKind, Ranks, Shape
from searchspace.baselines import (
    AnyArchitecture,
    BaselineArchitecture,
    fitted,
    parse_architecture,
    read_architecture,
)
from searchspace.compression import automatic_ranks, dense_head, in_order, rank_faults
from searchspace.cost import architecture_cost
from searchspace.datasets import DatasetInfo
from searchspace.errors import InvalidDocument, Problem, json_pointer
from searchspace.limits import cost_excess
from searchspace.spec import BudgetSpec, CompressSpec, DatasetSpec, JobSpec, SpaceSpec
from searchspace.tensorfile import MODEL_FORMAT, BadTensorFile, TensorFile, TensorForm, differences
from service.artifacts.port import ArtifactStore
from service.artifacts.weights import has_weights, read_weights
from service.db.engine import Database
from service.errors import NotFound, Unprocessable
from service.jobs.compression_form import Compression, ModelSource, NetworkSource
from service.jobs.ground import Ground
from service.jobs.lookup import find_job, find_model
from service.jobs.plan import Plan, find_dataset, plan_spec

MAX_FAULTS = 20
AUTOMATIC_TRIALS = 24
"""Most triples that are tried of a grid that nobody listed, unless the budget says otherwise."""


@dataclass(frozen=True, slots=True)
class _Model:
    """A model of a job: what it is, its checkpoint, and what it was trained on."""

    architecture: AnyArchitecture
    checkpoint: str
    dataset: DatasetSpec


def plan_compression(
    database: Database, store: ArtifactStore, team: str, document: object, ground: Ground
) -> Plan:
    """Check a posted document and all that it names.

    Raises:
        InvalidDocument: its form is wrong, or the network and the data set do not fit.
        NotFound: the team has no such job or model.
        Unprocessable: `weights`: they are not there, or are not the network's; and what
            `service.jobs.plan.plan` raises.
    """
    form = Compression.parse(document)
    source = form.source
    with database.read() as session:
        model = _find_model(session, team, source) if isinstance(source, ModelSource) else None
        uploaded = source.weights
        if uploaded is not None and not has_weights(session, team, uploaded):
            message = (
                "no such weights of the team are stored; upload them to /api/v1/weights first"
            )
            raise _unfit(message)
    chosen = form.dataset or (model.dataset if model else None)
    if chosen is None:
        raise InvalidDocument.at("/dataset", "required where the source is no model of a job")
    dataset = find_dataset(chosen, ground)
    architecture = model.architecture if model else _network(source, dataset)
    _refuse_unfit(form, architecture, dataset)
    if uploaded is not None:
        _refuse_others(store, uploaded, architecture, model)
    ranks = _ranks(form, architecture)
    weights = uploaded or (model.checkpoint if model else "")
    return plan_spec(_spec(form, chosen, architecture, weights, ranks), ground)


def _find_model(session: Session, team: str, source: ModelSource) -> _Model:
    job = find_job(session, team, source.job)
    row, _ = find_model(session, source.job, source.model)
    return _Model(
        parse_architecture(row.architecture),
        row.checkpoint,
        DatasetSpec.model_validate(job.spec["dataset"]),
    )


def _network(source: ModelSource | NetworkSource, dataset: DatasetInfo) -> BaselineArchitecture:
    assert isinstance(source, NetworkSource)
    found = fitted(source.architecture, dataset.image, dataset.classes)
    if source.halvings is None:
        return found
    if source.halvings > source.architecture.own_halvings:
        message = f"the network halves images {source.architecture.own_halvings} times"
        raise InvalidDocument.at("/source/halvings", message)
    return found.model_copy(update={"halvings": source.halvings})


def _refuse_unfit(form: Compression, architecture: AnyArchitecture, dataset: DatasetInfo) -> None:
    """Refuse a network without a dense head, or another data set's."""
    problems = []
    if dense_head(architecture) is None:
        named = "model" if isinstance(form.source, ModelSource) else "architecture"
        problems.append(Problem(f"/source/{named}", "has no dense head that could be compressed"))
    if (architecture.input, architecture.classes) != (dataset.image, dataset.classes):
        message = (
            f"the model tells {architecture.classes} classes of images "
            f"{_shape(architecture.input)}; the data set has {dataset.classes} of images "
            f"{_shape(dataset.image)}"
        )
        problems.append(Problem("/dataset", message))
    moments = form.source.moments if isinstance(form.source, NetworkSource) else None
    for name, given in moments or ():
        if len(given) != dataset.image.channels:
            message = f"the images have {dataset.image.channels} channels"
            problems.append(Problem(f"/source/moments/{name}", message))
    if problems:
        raise InvalidDocument(problems)


def _refuse_others(
    store: ArtifactStore, sha256: str, architecture: AnyArchitecture, model: _Model | None
) -> None:
    """Refuse uploaded weights whose tensors are not exactly the network's."""
    try:
        found = read_weights(store, sha256)
        expected = _expected(store, found, architecture, model)
    except (NotFound, BadTensorFile) as error:
        raise _unfit(str(error)) from None
    if found.metadata.get("format") == MODEL_FORMAT:
        _refuse_another(found.metadata.get("architecture", ""), architecture)
    faults = list(islice(differences(found.tensors, expected), MAX_FAULTS))
    if faults:
        problems = [Problem("/source/weights", fault) for fault in faults]
        raise Unprocessable(f"the weights: {faults[0]}", code="weights", problems=problems)


def _refuse_another(text: str, architecture: AnyArchitecture) -> None:
    """Refuse the checkpoint of another network, whose tensors may well have the same shapes."""
    try:
        told = read_architecture(text)
    except InvalidDocument as error:
        raise _unfit(f"the checkpoint's architecture: {error}") from None
    if told != architecture:
        raise _unfit("the checkpoint is that of another architecture")


def _expected(
    store: ArtifactStore,
    found: TensorFile,
    architecture: AnyArchitecture,
    model: _Model | None,
) -> Mapping[str, TensorForm]:
    if model is not None:
        return read_weights(store, model.checkpoint).tensors
    assert isinstance(architecture, BaselineArchitecture)
    named = baseline_layers.tensors(architecture)
    if found.metadata.get("format") != MODEL_FORMAT:
        return named
    moment = TensorForm("F32", (architecture.input.channels,))
    moments = {"normalize.mean": moment, "normalize.std": moment}
    return {**moments, **{f"network.{name}": form for name, form in named.items()}}


def _ranks(form: Compression, architecture: AnyArchitecture) -> tuple[Ranks, ...]:
    """The triples to try, ascending by size."""
    if form.ranks == "auto":
        every = automatic_ranks(architecture)
        return tuple(r for r in every if not _excess(form, architecture, r)) or every
    problems = [
        Problem(json_pointer(("ranks", place, mode)), message)
        for place, mode, message in rank_faults(architecture, form.ranks)
    ] or list(_too_large(form, architecture, form.ranks))
    if problems:
        raise InvalidDocument(problems)
    return in_order(architecture, form.ranks)


def _too_large(
    form: Compression, architecture: AnyArchitecture, triples: tuple[Ranks, ...]
) -> Iterator[Problem]:
    for place, ranks in enumerate(triples):
        if _excess(form, architecture, ranks):
            params = architecture_cost(architecture.with_head(HeadKind.TCL, ranks)).params
            message = f"breaks a constraint: the network would have {params} parameters"
            yield Problem(json_pointer(("ranks", place)), message)


def _excess(form: Compression, architecture: AnyArchitecture, ranks: Ranks) -> float:
    cost = architecture_cost(architecture.with_head(HeadKind.TCL, ranks))
    return cost_excess(form.constraints, cost)


def _spec(
    form: Compression,
    dataset: DatasetSpec,
    architecture: AnyArchitecture,
    weights: str,
    ranks: tuple[Ranks, ...],
) -> JobSpec:
    """The form as the spec of a job, in which everything is written out."""
    most = AUTOMATIC_TRIALS if form.ranks == "auto" else len(ranks)
    trials = form.budget.trials or min(most, len(ranks))
    source = form.source
    of_model = (
        {"model": source.model, "job": source.job} if isinstance(source, ModelSource) else {}
    )
    compress = CompressSpec(
        architecture=architecture.model_dump(mode="json"),
        weights=weights,
        moments=source.moments if isinstance(source, NetworkSource) else None,
        ranks=ranks,
        **of_model,
    )
    own = {"source", "dataset", "ranks", "training", "budget"}
    return JobSpec(
        dataset=dataset,
        space=SpaceSpec(training=form.training),
        budget=BudgetSpec(**{**dict(form.budget), "trials": trials}),
        compress=compress,
        **{name: value for name, value in form if name not in own},
    )


def _unfit(message: str) -> Unprocessable:
    problem = Problem("/source/weights", message)
    return Unprocessable(message, code="weights", problems=[problem])


def _shape(image: Shape) -> str:
    return f"{image.channels}x{image.height}x{image.width}"
