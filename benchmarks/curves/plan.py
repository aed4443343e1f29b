"""Which architectures the table of curves holds, in which order: a function of a seed alone.

The order goes round the strata, so that every prefix of the table has as many of each. Within a
stratum the points are a scrambled Sobol sequence: spread evenly over every dimension, whatever
their number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from scipy.stats import qmc

from searchspace.architecture import HeadKind
from searchspace.datasets import KNOWN
from searchspace.dimensions import Value
from searchspace.space import Point, Space
from searchspace.spec import JobSpec, RankPolicy

SEED = 0
TRAINING_EPOCHS = 9
"""Two rungs, after 1 and 3, and an end where a third would be: three more times as far."""

TRAIN_SIZE = 20_000


class Stratum(StrEnum):
    """Which head a row's architecture has, and how its ranks come about."""

    GAP = "gap"
    ELASTIC = "elastic"
    FLATTEN = "flatten"
    SEARCHED = "searched"


def job_spec(policy: RankPolicy, **changes: object) -> JobSpec:
    """The job that the table stands for; every peer searches the same space."""
    document = {
        "version": 1,
        "name": "curves",
        "dataset": {"name": "cifar10", "train_size": TRAIN_SIZE},
        "space": {"preset": "small", "head": {"ranks": {"policy": policy.value}}},
        "budget": {"training_epochs": TRAINING_EPOCHS},
    }
    return JobSpec.parse({**document, **changes})


def space_of(policy: RankPolicy) -> Space:
    return Space(job_spec(policy), KNOWN["cifar10"])


@dataclass(frozen=True, slots=True)
class Planned:
    """Row `index` of the table. seed: of everything random in its training."""

    index: int
    stratum: Stratum
    parameters: dict[str, Value]
    point: Point

    @property
    def seed(self) -> int:
        return SEED * 1_000_003 + self.index


def planned(index: int) -> Planned:
    strata = tuple(Stratum)
    turn, place = divmod(index, len(strata))
    stratum = strata[place]
    elastic = stratum is Stratum.ELASTIC
    space = space_of(RankPolicy.ELASTIC if elastic else RankPolicy.SEARCHED)
    sequence = qmc.Sobol(len(space.dimensions), scramble=True, rng=SEED + place)
    if turn:
        sequence.fast_forward(turn)
    coordinates = dict(zip(space.dimensions, sequence.random()[0], strict=True))
    parameters = space.sample(_AtCoordinates(coordinates, _head_of(stratum)))
    return Planned(index, stratum, parameters, space.decode(parameters))


def _head_of(stratum: Stratum) -> HeadKind:
    match stratum:
        case Stratum.GAP:
            return HeadKind.GAP
        case Stratum.FLATTEN:
            return HeadKind.FLATTEN
        case Stratum.ELASTIC | Stratum.SEARCHED:
            return HeadKind.TCL


class _AtCoordinates:
    """Takes each dimension's value from a point of the unit cube; the head's kind is given."""

    def __init__(self, coordinates: dict[str, float], head: HeadKind) -> None:
        self._coordinates = coordinates
        self._head = head

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value:
        if name == "head.kind":
            return self._head.value
        return choices[int(self._coordinates[name] * len(choices))]

    def suggest_int(self, name: str, low: int, high: int) -> int:
        return low + int(self._coordinates[name] * (high - low + 1))

    def suggest_float(self, name: str, low: float, high: float, *, log: bool) -> float:
        share = float(self._coordinates[name])
        value = low * (high / low) ** share if log else low + (high - low) * share
        return min(max(value, low), high)
