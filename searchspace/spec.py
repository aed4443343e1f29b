"""The job spec: what a person posts, checked field by field.

This file knows the document's form. What depends on the data set's shape (which ranks fit, which
budget a constraint leaves) is `searchspace.space`.
"""

import unicodedata
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_serializer,
    model_validator,
)

from searchspace.architecture import BlockKind, Expansion, Frozen, HeadKind, Kernel, Ranks
from searchspace.baselines import AnyArchitecture, BaselineName, parse_architecture
from searchspace.objectives import Bound, Constraint, Metric, Objective

SPEC_VERSION = 1
MAX_TRIALS = 10_000
MAX_PRIORITY = 10
MAX_WARM_JOBS = 8
MAX_KNOWN = 256
MAX_COMPRESSIONS = 512
MIN_IMAGE_SIZE = 8
"""Below it a space of several stages has nothing to halve (`searchspace.presets.SMALLEST_MAP`)."""
MAX_IMAGE_SIZE = 512
"""Above it even the stem's stride of 4 leaves maps that no edge device takes."""


_DEVICES = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)}
)
"""What Windows takes for a device and not for a file, whatever suffix follows."""


def _plain_text(text: str) -> str:
    for character in text:
        category = unicodedata.category(character)
        if category[0] == "C" or category in ("Zl", "Zp") or character in "/\\":
            raise ValueError("control, bidirectional-override and path characters are not allowed")
    if not text.replace(".", "").strip():
        raise ValueError("must contain more than spaces and dots")
    if text.partition(".")[0].strip().lower() in _DEVICES:
        raise ValueError("must not be the name of a device of Windows")
    return text


def _each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) != len(values):
        raise ValueError("choices must not repeat")
    return values


def _ascending(values: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(_each_once(values)))


def _scalar(value: object, check: ValidatorFunctionWrapHandler) -> object:
    try:
        return check(value)
    except ValidationError:
        # One fault, where a union would tell of each of its members.
        raise ValueError("must be true, false, a finite number or text") from None


def _known_version(version: int) -> int:
    if version != SPEC_VERSION:
        raise ValueError(f"unknown version; this service reads version {SPEC_VERSION}")
    return version


Version = Annotated[int, Field(strict=True), AfterValidator(_known_version)]
Name = Annotated[
    str, Field(strict=True, min_length=1, max_length=100), AfterValidator(_plain_text)
]
Text = Annotated[str, Field(strict=True, max_length=256)]

Scalar = Annotated[
    bool | int | Annotated[float, Field(allow_inf_nan=False)] | str, WrapValidator(_scalar)
]
JobId = Annotated[str, Field(strict=True, pattern=r"^job_[0-9a-f]{32}$")]
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)]
ImageSize = Annotated[int, Field(strict=True, ge=MIN_IMAGE_SIZE, le=MAX_IMAGE_SIZE)]
Rank = Annotated[int, Field(strict=True, ge=1, le=4096)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
Flag = Annotated[bool, Field(strict=True)]
Trials = Annotated[int, Field(strict=True, ge=1, le=MAX_TRIALS)]
Priority = Annotated[int, Field(strict=True, ge=-MAX_PRIORITY, le=MAX_PRIORITY)]
Tags = Annotated[dict[Text, Text], Field(max_length=32)]


Several = Field(min_length=1, max_length=64)
Widths = Annotated[
    tuple[Annotated[int, Field(strict=True, ge=1, le=2048)], ...],
    Field(min_length=1, max_length=64),
    AfterValidator(_ascending),
]
Depths = Annotated[
    tuple[Annotated[int, Field(strict=True, ge=1, le=16)], ...],
    Several,
    AfterValidator(_ascending),
]
Ints = Annotated[tuple[Rank, ...], Field(min_length=1, max_length=64), AfterValidator(_ascending)]


class DatasetSpec(Frozen):
    """What to train on.

    name: a built-in data set, or `folder` for one that was registered.
    folder: the registered name of a class folder; given exactly when `name` is `folder`.
    image_size: side in pixels of the squares that all images are brought to, in training and
        evaluation alike; pictures are decoded again from their files for it. As the data set is
        kept when absent: 128 for imagenette, what a folder was registered with, and what mnist and
        the like are published in.
    train_size: most images of the train split that are used, validation included: a stratified,
        seeded part. All of them when absent.
    validation_fraction: part of those that is set aside to validate on. The test split is never
        searched on.
    """

    name: Literal[
        "digits", "mnist", "fashion-mnist", "cifar10", "cifar100", "imagenette", "folder"
    ]
    folder: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")] | None = None
    image_size: ImageSize | None = None
    train_size: Count | None = None
    validation_fraction: Annotated[float, Field(strict=True, gt=0, lt=1, allow_inf_nan=False)] = (
        0.1
    )

    @model_validator(mode="after")
    def _folder_is_named(self) -> Self:
        if (self.name == "folder") != (self.folder is not None):
            raise ValueError("`folder` is given exactly when the name is `folder`")
        return self

    @property
    def key(self) -> str:
        """The one name under which this machine keeps the data set."""
        return self.name if self.folder is None else f"folder-{self.folder}"


class Range(Frozen):
    """An interval of reals to search, on a linear or logarithmic scale.

    low: the least value, included; above 0 on a logarithmic scale.
    high: the greatest value, included; above `low`.
    log: whether the scale is logarithmic.
    """

    low: Number
    high: Number
    log: Flag = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low >= self.high:
            raise ValueError("low must be below high")
        if self.log and self.low <= 0:
            raise ValueError("a logarithmic range must start above 0")
        return self


def _range_or_number(value: object) -> str:
    return "<range>" if isinstance(value, dict | Range) else "<number>"


Searchable = Annotated[
    Annotated[Range, Tag("<range>")] | Annotated[Number, Tag("<number>")],
    Discriminator(_range_or_number),
]


def _within(low: float, high: float) -> AfterValidator:
    def check(value: Range | float) -> Range | float:
        ends = (value.low, value.high) if isinstance(value, Range) else (value, value)
        if ends[0] < low or ends[1] > high:
            raise ValueError(f"must lie within {low} and {high}")
        return value

    return AfterValidator(check)


class TrainingSpec(Frozen):
    """Hyperparameters of training: the first three a number each, or a range to search.

    learning_rate: peak of the one-cycle schedule; within 1e-7 and 100.
    weight_decay: of AdamW; within 0 and 1.
    label_smoothing: part of the target that is spread over all classes; within 0 and 0.9.
    batch_size: images of one training step.
    """

    learning_rate: Annotated[Searchable, _within(1e-7, 100.0)] = Range(
        low=1e-3, high=3e-2, log=True
    )
    weight_decay: Annotated[Searchable, _within(0.0, 1.0)] = 0.01
    label_smoothing: Annotated[Searchable, _within(0.0, 0.9)] = 0.05
    batch_size: Annotated[int, Field(strict=True, ge=1, le=8192)] = 128


class RankPolicy(StrEnum):
    FIXED = "fixed"
    """Handcrafted: one triple for every TCL head."""
    SEARCHED = "searched"
    """Each mode's rank is sampled."""
    ELASTIC = "elastic"
    """One training at the largest ranks yields a model for every smaller triple."""


class RanksSpec(Frozen):
    """Per-mode TCL ranks. Choices left out are the preset's that fit the feature map;
    under `elastic`, powers of two up to the feature map's own size.

    policy: where the ranks come from.
    channels: choices of the rank over channels.
    height: choices of the rank over height.
    width: choices of the rank over width.
    values: the ranks over channels, height and width; with policy `fixed` alone.
    """

    policy: RankPolicy = RankPolicy.SEARCHED
    channels: Ints | None = None
    height: Ints | None = None
    width: Ints | None = None
    values: tuple[Rank, Rank, Rank] | None = None

    @model_validator(mode="after")
    def _form_of_policy(self) -> Self:
        listed = any(v is not None for v in (self.channels, self.height, self.width))
        if self.policy is RankPolicy.FIXED and (self.values is None or listed):
            raise ValueError("policy fixed takes `values: [r1, r2, r3]` and no choices")
        if self.policy is not RankPolicy.FIXED and self.values is not None:
            raise ValueError("`values` belong to policy fixed alone")
        return self


class HeadSpec(Frozen):
    """What turns the last feature map into classes.

    kinds: heads to choose from; the preset's when absent.
    ranks: of tensor contraction heads.
    """

    kinds: Annotated[tuple[HeadKind, ...], Several, AfterValidator(_each_once)] | None = None
    ranks: RanksSpec = RanksSpec()


class StageSpec(Frozen):
    """Choices of one stage; what is left out is the preset's.

    blocks: kinds of block.
    depths: numbers of blocks.
    widths: channels.
    kernels: sides of the convolutions' kernels.
    expansions: how many times wider an MBConv block is inside.
    squeeze_excite: whether a block weighs its channels.
    """

    blocks: Annotated[tuple[BlockKind, ...], Several, AfterValidator(_each_once)] | None = None
    depths: Depths | None = None
    widths: Widths | None = None
    kernels: Annotated[tuple[Kernel, ...], Several, AfterValidator(_ascending)] | None = None
    expansions: Annotated[tuple[Expansion, ...], Several, AfterValidator(_ascending)] | None = None
    squeeze_excite: Annotated[tuple[Flag, ...], Several, AfterValidator(_each_once)] | None = None


class SpaceSpec(Frozen):
    """The architectures to choose from, and how they are trained.

    preset: where the choices come from that are not given here.
    stem_widths: channels of the first convolution.
    stages: one item for each stage; as many as there are to be.
    head: what is at the end of the network.
    training: how it is trained.
    """

    preset: Literal["tiny", "small", "mobile"] = "small"
    stem_widths: Widths | None = None
    stages: Annotated[tuple[StageSpec, ...], Field(min_length=1, max_length=6)] | None = None
    head: HeadSpec = HeadSpec()
    training: TrainingSpec = TrainingSpec()


class Duplicates(StrEnum):
    """What is done with a sampled point that an earlier trial of the job has had."""

    RESAMPLE = "resample"
    """Another point is asked for, near it if need be; where all of the space was tried: reseed."""
    RESEED = "reseed"
    """It is trained once more, with another seed."""
    REUSE = "reuse"
    """It becomes a trial with the earlier one's result, untrained; without a result yet: resample."""


class SamplerSpec(Frozen):
    """What proposes the next point.

    name: tree-structured Parzen estimator, two evolutionary ones, a Gaussian process, or chance.
    seed: equal seeds propose equal points, given equal results in an equal order.
    duplicates: what is done with a proposed point that a trial of the job has had, the same
        architecture trained the same way: another is asked for (where the space holds no other, it
        is trained again), it is trained with another seed, or it becomes a trial with the earlier
        one's result. A person's own points are always run.
    """

    name: Literal["tpe", "nsga2", "nsga3", "gp", "random"] = "tpe"
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 0
    duplicates: Duplicates = Duplicates.RESAMPLE


class BudgetSpec(Frozen):
    """What a job may use up.

    trials: how many are run; those that are stopped early or fail count.
    training_epochs: of each trial, unless it is stopped early.
    wall_clock_seconds: of the job while it runs; it succeeds with what it has by then.
    trial_seconds: of each trial, that of the training epochs which earlier attempts have kept
        included; a trial that takes longer fails.
    """

    trials: Trials = 24
    training_epochs: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 6
    wall_clock_seconds: Positive | None = None
    trial_seconds: Positive | None = None


class NoEarlyStopping(Frozen):
    """Every trial is trained to its end.

    name: says so.
    """

    name: Literal["none"]


class Promotion(StrEnum):
    """How trials are told apart at a rung of which none dominates the other."""

    NON_DOMINATION = "non_domination"
    """What adds the most hypervolume to the others goes on."""
    EPSILON_NET = "epsilon_net"
    """What is farthest from those that go on goes on: spread evenly (Schmucker et al. 2021)."""


class SuccessiveHalving(Frozen):
    """Asynchronous multi-objective successive halving (cf. Schmucker et al. 2021).

    name: may be left out.
    min_training_epochs: where the first rung is; no trial is stopped before.
    reduction_factor: one of so many goes on at a rung, and the next rung is so many times farther.
    promotion: who goes on, of trials none of which is better than the other.
    """

    name: Literal["successive_halving"] = "successive_halving"
    min_training_epochs: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 1
    reduction_factor: Annotated[int, Field(strict=True, ge=2, le=64)] = 3
    promotion: Promotion = Promotion.NON_DOMINATION


def _kind_of_early_stopping(value: object) -> str:
    name = value.get("name") if isinstance(value, dict) else getattr(value, "name", None)
    return "<none>" if name == "none" else "<successive_halving>"


EarlyStopping = Annotated[
    Annotated[NoEarlyStopping, Tag("<none>")]
    | Annotated[SuccessiveHalving, Tag("<successive_halving>")],
    Discriminator(_kind_of_early_stopping),
]


OWN_RESOURCES = ("CPU", "GPU", "memory", "object_store_memory")
"""What nodes of every Ray cluster have, and no custom resource can be called."""
ResourceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.:-]{0,63}$")]


def _custom_resources(amounts: dict[str, float]) -> dict[str, float]:
    """In one order, so that equal ones are stored as equal documents.

    Raises:
        ValueError: one has a name or an amount that Ray does not take.
    """
    for name, amount in amounts.items():
        if name in OWN_RESOURCES or name.startswith("node:"):
            raise ValueError(f"{name} is no custom resource")
        if amount > 1 and not amount.is_integer():
            raise ValueError(f"more than one {name} must be a whole number of them")
    return dict(sorted(amounts.items()))


CustomResources = Annotated[
    dict[ResourceName, Annotated[float, Field(strict=True, ge=0.0001, le=1e6)]],
    Field(max_length=8),
    AfterValidator(_custom_resources),
]


class ResourcesSpec(Frozen):
    """What each trial takes, and how many may run at once.

    cpus: of each trial; as many threads train it.
    gpus: of each trial; a part of one, or whole ones.
    concurrency: most trials at once. The queue may grant fewer.
    custom: of each trial, by name: what nodes were started with besides (`ray start --resources`).
    """

    cpus: Positive = 1.0
    gpus: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] = 0.0
    concurrency: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 2
    custom: CustomResources = Field(default_factory=dict)

    @model_serializer(mode="plain")
    def _whole_numbers_plain(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "cpus": _whole_plain(self.cpus),
            "gpus": _whole_plain(self.gpus),
            "concurrency": self.concurrency,
        }
        if self.custom:
            # Documents of before have none.
            told["custom"] = {name: _whole_plain(each) for name, each in self.custom.items()}
        return told


def _whole_plain(amount: float) -> int | float:
    return int(amount) if amount.is_integer() else amount


LOCAL_PROFILE = "local-cpu"


class Precision(StrEnum):
    FP32 = "fp32"
    """32-bit floats, as the model was trained."""
    INT8 = "int8"
    """8-bit weights and activations, quantized as the export `onnx-int8` is."""


class LatencySpec(Frozen):
    """How latency is measured. Latencies are comparable when all of this is equal.

    profile: the device: `local-cpu`, the machine that the trial runs on, or one of the team's own,
        for which an agent measures.
    runtime: what runs the model.
    batch_size: images in one run.
    threads: that one run may use.
    precision: of the model that is run. In 8 bits it may be slower or quicker, and is less accurate:
        the job's accuracies stay those of 32 bits, and `exports: [onnx-int8]` tells the others.
    """

    profile: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] = LOCAL_PROFILE
    runtime: Literal["onnxruntime"] = "onnxruntime"
    batch_size: Annotated[int, Field(strict=True, ge=1, le=1024)] = 1
    threads: Annotated[int, Field(strict=True, ge=1, le=256)] = 1
    precision: Precision = Precision.FP32

    @property
    def device(self) -> str | None:
        """The profile of the device that measures; None where the trial's machine does."""
        return None if self.profile == LOCAL_PROFILE else self.profile

    @property
    def key(self) -> str:
        """What must be equal for two latencies to be comparable."""
        key = f"{self.profile}/{self.runtime}/batch{self.batch_size}/threads{self.threads}"
        # What is on record from before there were two is of 32 bits.
        return key if self.precision is Precision.FP32 else f"{key}/{self.precision.value}"


class RetrainSpec(Frozen):
    """Training the best models again, longer, when the search is over.

    models: how many; 0 for none.
    training_epochs: of each.
    seeds: times that each is trained, with a seed of its own each time.
    """

    models: Annotated[int, Field(strict=True, ge=0, le=1000)] = 0
    training_epochs: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 30
    seeds: Annotated[int, Field(strict=True, ge=1, le=100)] = 1


class KnownResult(Frozen):
    """A point of the space whose values a person knows already.

    parameters: the point, as a trial of it would have them.
    values: by metric; of every objective at least.
    """

    parameters: Annotated[dict[Text, Scalar], Field(max_length=200)]
    values: dict[Metric, Bound]


def _metrics_differ(objectives: tuple[Objective, ...]) -> tuple[Objective, ...]:
    if len({objective.metric for objective in objectives}) != len(objectives):
        raise ValueError("objectives must not repeat a metric")
    return objectives


Objectives = Annotated[
    tuple[Objective, ...], Field(min_length=1, max_length=4), AfterValidator(_metrics_differ)
]
USUAL_OBJECTIVES = (
    Objective(metric="accuracy"),
    Objective(metric="params"),
    Objective(metric="latency_ms"),
)
Constraints = Annotated[tuple[Constraint, ...], Field(max_length=16)]


class ExportFormat(StrEnum):
    ONNX = "onnx"
    """Made of every model, whether it is asked for or not."""
    ONNX_INT8 = "onnx-int8"
    """8-bit weights and activations, calibrated on training images."""
    PTE = "pte"
    """A program for ExecuTorch, lowered to XNNPACK, for one image at a time. Takes the extra `executorch`
    on the cluster, and a finished trial up to half a minute."""


Exports = Annotated[tuple[ExportFormat, ...], AfterValidator(_each_once)]


class PixelMoments(Frozen):
    """What pixels in 0..1 are shifted and scaled by, channel by channel.

    mean: subtracted.
    std: divided by.
    """

    mean: Annotated[tuple[Number, ...], Field(min_length=1, max_length=16)]
    std: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=16)]


class CompressSpec(Frozen):
    """A trained network whose dense head the job's trials replace by TCLs of given ranks.

    architecture: the document of the network with its dense head.
    weights: SHA-256 of the safetensors file of its weights.
    model: id of the model that it is.
    job: id of that model's job.
    moments: by which its pixels are normalised; those that come with the weights, else the data
        set's, where none are given.
    ranks: triples over channels, height and width to choose from, ascending by their head's size.
    """

    architecture: dict[str, Any]
    weights: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    model: str | None = None
    job: str | None = None
    moments: PixelMoments | None = None
    ranks: Annotated[tuple[Ranks, ...], Field(min_length=1, max_length=MAX_COMPRESSIONS)]

    @property
    def dense(self) -> AnyArchitecture:
        """The network with its dense head."""
        return parse_architecture(self.architecture)


class JobSpec(Frozen):
    """The validated job description: immutable, and equal to what GET gives back as `spec`.

    version: of this form of document; 1.
    name: for people; need not be unique.
    dataset: what to train on.
    space: what to choose from.
    objectives: what to improve; each metric once.
    constraints: what a model must keep to, to be on the front.
    sampler: what proposes the next point.
    budget: what the job may use up.
    early_stopping: when a trial is given up before its end.
    resources: what a trial takes, and how many may run at once.
    latency: how latency is measured.
    retrain: whether the best are trained again at the end.
    baselines: networks that are trained by the same recipe, beside the budget of trials.
    exports: forms to deliver each model in, besides its checkpoint and `onnx`. Making one in 8 bits,
        scoring and timing it takes a finished trial some seconds. Of models of a few thousand
        parameters it is the larger file.
    warm_start: ids of the team's jobs whose complete trials the sampler is told before the first
        trial, as far as they are points of this space. They count neither as trials nor for the
        front.
    known: a person's own results, told in the same way.
    compress: the trained network that `POST /api/v1/compressions` was given, which alone writes
        this; of `space`, `training` alone counts then.
    priority: jobs of a higher one come first, whoever they belong to. It can be changed later.
    tags: for people and filters. They can be changed later.
    """

    version: Version
    name: Name
    dataset: DatasetSpec
    space: SpaceSpec = SpaceSpec()
    objectives: Objectives = USUAL_OBJECTIVES
    constraints: Constraints = ()
    sampler: SamplerSpec = SamplerSpec()
    budget: BudgetSpec = BudgetSpec()
    early_stopping: EarlyStopping = SuccessiveHalving()
    resources: ResourcesSpec = ResourcesSpec()
    latency: LatencySpec = LatencySpec()
    retrain: RetrainSpec = RetrainSpec()
    baselines: Annotated[tuple[BaselineName, ...], AfterValidator(_each_once)] = ()
    exports: Exports = ()
    warm_start: Annotated[
        tuple[JobId, ...], Field(max_length=MAX_WARM_JOBS), AfterValidator(_each_once)
    ] = ()
    known: Annotated[tuple[KnownResult, ...], Field(max_length=MAX_KNOWN)] = ()
    compress: CompressSpec | None = None
    priority: Priority = 0
    tags: Annotated[Tags, Field(default_factory=dict)]

    def document(self) -> dict[str, Any]:
        """The JSON form, every default written out."""
        return self.model_dump(mode="json")
