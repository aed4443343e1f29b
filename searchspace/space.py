"""The space of one job: a spec and a data set's shape, resolved into dimensions that decode.

`resolve` writes into the spec what its preset stands for; `Space` samples, checks and decodes
points of it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from searchspace.architecture import (
    Architecture,
    BlockKind,
    Head,
    HeadKind,
    Ranks,
    Shape,
    Stage,
    Stem,
)
from searchspace.baselines import AnyArchitecture
from searchspace.datasets import DatasetInfo
from searchspace.dimensions import Choice, Dimension, Ordinal, Real, Suggest, Value
from searchspace.errors import InvalidDocument, Problem, json_pointer
from searchspace.limits import cost_excess
from searchspace.presets import PRESETS, StageChoices, stage_strides, stem_stride
from searchspace.ranks import MAX_TRIPLES, RankGrid, costs, derived
from searchspace.spec import (
    HeadSpec,
    JobSpec,
    Range,
    RankPolicy,
    RanksSpec,
    SpaceSpec,
    StageSpec,
    TrainingSpec,
)

Parameters = Mapping[str, Value]

MODES = ("channels", "height", "width")


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """How one trial is trained."""

    learning_rate: float
    weight_decay: float
    label_smoothing: float
    batch_size: int


@dataclass(frozen=True, slots=True)
class Point:
    """What a point of the space stands for.

    ranks: what one elastic training of the architecture covers; its head then has the largest of
        these that keep the analytic constraints.
    """

    architecture: AnyArchitecture
    hyperparameters: Hyperparameters
    ranks: RankGrid | None = None


def resolve(spec: JobSpec, dataset: DatasetInfo) -> JobSpec:
    """The spec with its space written out; resolving again changes nothing.

    A compression's space is the triples of ranks that it names already.

    Raises:
        InvalidDocument: ranks larger than any feature map, or too many of them for one training.
    """
    if spec.compress is not None:
        return spec
    given = spec.space
    preset = PRESETS[given.preset]
    stages = given.stages or tuple(StageSpec() for _ in preset.stages)
    resolved = tuple(
        _resolve_stage(stage, preset.stages[min(i, len(preset.stages) - 1)])
        for i, stage in enumerate(stages)
    )
    final = largest_feature_map(dataset.image, resolved)
    space = SpaceSpec(
        preset=given.preset,
        stem_widths=given.stem_widths or preset.stem_widths,
        stages=resolved,
        head=HeadSpec(
            kinds=given.head.kinds or tuple(HeadKind),
            ranks=_resolve_ranks(given, final),
        ),
        training=given.training,
    )
    return spec.model_copy(update={"space": space})


def _resolve_stage(given: StageSpec, preset: StageChoices) -> StageSpec:
    return StageSpec(
        blocks=given.blocks or preset.blocks,
        depths=given.depths or preset.depths,
        widths=given.widths or preset.widths,
        kernels=given.kernels or preset.kernels,
        expansions=given.expansions or preset.expansions,
        squeeze_excite=given.squeeze_excite or preset.squeeze_excite,
    )


def largest_feature_map(image: Shape, stages: tuple[StageSpec, ...]) -> Shape:
    """What the head sees where the last stage is widest; height and width never differ."""
    shape = image.strided(1, stem_stride(image))
    for stride in stage_strides(image, len(stages)):
        shape = shape.strided(1, stride)
    widths = stages[-1].widths
    assert widths is not None
    return shape.strided(max(widths), 1)


def _resolve_ranks(given: SpaceSpec, largest: Shape) -> RanksSpec:
    ranks = given.head.ranks
    limits = dict(zip(MODES, (largest.channels, largest.height, largest.width), strict=True))
    at = ("space", "head", "ranks")
    if ranks.policy is RankPolicy.FIXED:
        assert ranks.values is not None
        _refuse(
            Problem(json_pointer((*at, "values", i)), _too_large(rank, mode, limits[mode]))
            for i, (mode, rank) in enumerate(zip(MODES, ranks.values, strict=True))
            if rank > limits[mode]
        )
        return ranks
    listed = {mode: getattr(ranks, mode) for mode in MODES}
    _refuse(
        Problem(json_pointer((*at, mode, i)), _too_large(rank, mode, limits[mode]))
        for mode, choices in listed.items()
        for i, rank in enumerate(choices or ())
        if rank > limits[mode]
    )
    usual = _usual_ranks(given, limits)
    chosen = {mode: listed[mode] or usual[mode] for mode in MODES}
    triples = math.prod(len(choices) for choices in chosen.values())
    if ranks.policy is RankPolicy.ELASTIC and triples > MAX_TRIPLES:
        message = f"{triples} triples; one elastic training covers at most {MAX_TRIPLES}"
        raise InvalidDocument.at(json_pointer(at), message)
    return ranks.model_copy(update=chosen)


def _usual_ranks(given: SpaceSpec, limits: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """The choices of modes for which none are listed."""
    if given.head.ranks.policy is RankPolicy.ELASTIC:
        return {mode: derived(limit) for mode, limit in limits.items()}
    preset = PRESETS[given.preset]
    usual = dict.fromkeys(MODES, preset.spatial_ranks) | {"channels": preset.channel_ranks}
    return {mode: tuple(r for r in usual[mode] if r <= limits[mode]) or (1,) for mode in MODES}


def _too_large(rank: int, mode: str, limit: int) -> str:
    return f"rank {rank} exceeds the {mode} of every feature map of the space (at most {limit})"


def _refuse(problems: Any) -> None:
    found = tuple(problems)
    if found:
        raise InvalidDocument(found)


class Space:
    """Samples, checks and decodes the points of one resolved spec."""

    def __init__(self, spec: JobSpec, dataset: DatasetInfo) -> None:
        self.spec = resolve(spec, dataset).space
        self._constraints = spec.constraints
        self.dataset = dataset
        self.strides = stage_strides(dataset.image, len(self.stages))

    @property
    def stages(self) -> tuple[StageSpec, ...]:
        assert self.spec.stages is not None
        return self.spec.stages

    @cached_property
    def dimensions(self) -> Mapping[str, Dimension]:
        """Every dimension by name, in sampling order, whether or not a point makes use of it."""
        found: list[Dimension] = [Ordinal("stem.width", self.spec.stem_widths or ())]
        for i, stage in enumerate(self.stages, start=1):
            found += _stage_dimensions(f"stage{i}", stage)
        found.append(Choice("head.kind", tuple(k.value for k in self.spec.head.kinds or ())))
        ranks = self.spec.head.ranks
        if ranks.policy is RankPolicy.SEARCHED:
            found += [Ordinal(f"head.ranks.{mode}", getattr(ranks, mode)) for mode in MODES]
        found += training_dimensions(self.spec.training)
        return {dimension.name: dimension for dimension in found}

    def sample(self, suggest: Suggest) -> dict[str, Value]:
        """One point, asking only for what it makes use of (a GAP head has no ranks)."""
        parameters: dict[str, Value] = {}
        for name, dimension in self.dimensions.items():
            if _used(name, parameters):
                parameters[name] = dimension.suggest(suggest)
        return parameters

    def complete(self, parameters: Parameters) -> dict[str, Value]:
        """The parameters without those out of use; one that came into use gets its first value."""
        completed: dict[str, Value] = {}
        for name, dimension in self.dimensions.items():
            if _used(name, completed):
                known = parameters.get(name)
                completed[name] = dimension.first if known is None else known
        return completed

    def check(self, parameters: Mapping[str, object]) -> dict[str, Value]:
        """A person's own parameters, in sampling order.

        Raises:
            InvalidDocument: a parameter is missing, unknown, unused or out of range.
        """
        problems: list[Problem] = []
        checked: dict[str, Any] = {}
        for name, dimension in self.dimensions.items():
            if not _used(name, checked):
                continue
            pointer = json_pointer(("parameters", name))
            if name not in parameters:
                problems.append(Problem(pointer, "required parameter is missing"))
                continue
            fault = dimension.fault(parameters[name])
            if fault:
                problems.append(Problem(pointer, fault))
            checked[name] = parameters[name]
        problems += [
            Problem(json_pointer(("parameters", name)), "no parameter of this point")
            for name in parameters
            if name not in checked
        ]
        _refuse(problems)
        return checked

    def decode(self, parameters: Parameters) -> Point:
        """What the parameters stand for. Ranks beyond this point's feature map are cut to it."""
        stages = tuple(
            _decode_stage(parameters, f"stage{i}", stride)
            for i, stride in enumerate(self.strides, start=1)
        )
        backbone = Architecture(
            input=self.dataset.image,
            classes=self.dataset.classes,
            stem=_decode_stem(parameters, self.dataset.image),
            stages=stages,
            head=Head(kind=HeadKind.GAP),
        )
        kind = HeadKind(str(parameters["head.kind"]))
        hyperparameters = self.hyperparameters(parameters)
        ranks = self.spec.head.ranks
        if kind is HeadKind.TCL and ranks.policy is RankPolicy.ELASTIC:
            architecture, grid = self._decode_elastic(backbone)
            return Point(architecture, hyperparameters, grid)
        given = self._decode_ranks(parameters, backbone.feature_map, kind)
        return Point(backbone.with_head(kind, given), hyperparameters)

    @property
    def baseline_parameters(self) -> dict[str, Value]:
        """How baselines are trained: the middle of every range that is searched, on its scale."""
        return {d.name: d.middle for d in training_dimensions(self.spec.training)}

    def hyperparameters(self, parameters: Parameters) -> Hyperparameters:
        """How a trial with these parameters is trained."""
        return _decode_hyperparameters(parameters, self.spec.training)

    def _decode_ranks(
        self, parameters: Parameters, feature_map: Shape, kind: HeadKind
    ) -> Ranks | None:
        if kind is not HeadKind.TCL:
            return None
        wanted = self.spec.head.ranks.values or tuple(
            int(parameters[f"head.ranks.{mode}"]) for mode in MODES
        )
        limits = (feature_map.channels, feature_map.height, feature_map.width)
        r1, r2, r3 = (min(r, limit) for r, limit in zip(wanted, limits, strict=True))
        return r1, r2, r3

    def _decode_elastic(self, backbone: Architecture) -> tuple[Architecture, RankGrid]:
        listed = {mode: getattr(self.spec.head.ranks, mode) for mode in MODES}
        whole = RankGrid(**listed).cut(backbone.feature_map)
        found = costs(backbone, whole)
        excess = {ranks: cost_excess(self._constraints, cost) for ranks, cost in found.items()}
        least = min(excess.values())
        # What cannot be delivered need not be trained.
        kept = [ranks for ranks in found if excess[ranks] == least]
        largest = max(kept, key=lambda ranks: (found[ranks].params, found[ranks].macs))
        return backbone.with_head(HeadKind.TCL, largest), RankGrid.around(kept)


def _stage_dimensions(stage: str, given: StageSpec) -> list[Dimension]:
    return [
        Choice(f"{stage}.block", tuple(b.value for b in given.blocks or ())),
        Ordinal(f"{stage}.depth", given.depths or ()),
        Ordinal(f"{stage}.width", given.widths or ()),
        Ordinal(f"{stage}.kernel", given.kernels or ()),
        Ordinal(f"{stage}.expansion", given.expansions or ()),
        Choice(f"{stage}.squeeze_excite", given.squeeze_excite or ()),
    ]


def training_dimensions(training: TrainingSpec) -> list[Real]:
    ranges = {
        "learning_rate": training.learning_rate,
        "weight_decay": training.weight_decay,
        "label_smoothing": training.label_smoothing,
    }
    return [
        Real(f"training.{name}", given.low, given.high, given.log)
        for name, given in ranges.items()
        if isinstance(given, Range)
    ]


def _used(name: str, parameters: Mapping[str, object]) -> bool:
    """Whether a dimension matters, given those sampled before it."""
    part, _, choice = name.partition(".")
    if choice in ("kernel", "expansion"):
        return parameters.get(f"{part}.block") == BlockKind.MBCONV
    if part == "head" and choice.startswith("ranks."):
        return parameters.get("head.kind") == HeadKind.TCL
    return True


def _decode_stem(parameters: Parameters, image: Shape) -> Stem:
    stride = stem_stride(image)
    return Stem(width=int(parameters["stem.width"]), kernel=7 if stride == 4 else 3, stride=stride)


def _decode_stage(parameters: Parameters, stage: str, stride: int) -> Stage:
    return Stage.model_validate(
        {
            "block": parameters[f"{stage}.block"],
            "depth": parameters[f"{stage}.depth"],
            "width": parameters[f"{stage}.width"],
            "stride": stride,
            "kernel": parameters.get(f"{stage}.kernel", 3),
            "expansion": parameters.get(f"{stage}.expansion", 1),
            "squeeze_excite": parameters[f"{stage}.squeeze_excite"],
        }
    )


def _decode_hyperparameters(parameters: Parameters, training: TrainingSpec) -> Hyperparameters:
    def value(name: str, given: Range | float) -> float:
        if isinstance(given, Range):
            return float(parameters[f"training.{name}"])
        return float(given)

    return Hyperparameters(
        learning_rate=value("learning_rate", training.learning_rate),
        weight_decay=value("weight_decay", training.weight_decay),
        label_smoothing=value("label_smoothing", training.label_smoothing),
        batch_size=training.batch_size,
    )
