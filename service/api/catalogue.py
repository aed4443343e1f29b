"""What there is to choose from, and who asks."""

from fastapi import APIRouter

from searchspace.datasets import KNOWN, DatasetInfo
from searchspace.errors import Problem
from searchspace.presets import PRESETS
from searchspace.space import resolve
from searchspace.spec import JobSpec
from service.api.deps import Anybody, ThisService, Viewer
from service.api.problems import responses
from service.api.schemas.catalogue import Dataset, Datasets, Sampler, Samplers, SpacePreset, Spaces
from service.api.schemas.team import Me
from service.errors import Unprocessable
from service.jobs.catalogue import command_for
from service.jobs.ground import survey_datasets
from service.jobs.plan import measure

router = APIRouter(tags=["catalogue"])

SAMPLERS = {
    "tpe": "Tree-structured Parzen estimator: the default, learns from few trials.",
    "nsga2": "NSGA-II: a genetic algorithm, cheap for thousands of trials.",
    "nsga3": "NSGA-III: the same with reference directions, for three or four objectives.",
    "gp": "Gaussian processes: the most from few, costly trials.",
    "random": "Independent draws: the baseline.",
}


@router.get("/datasets", responses=responses(401, 403, 503))
def get_datasets(parts: ThisService, caller: Viewer) -> Datasets:
    """Every data set that jobs can name, and the command that brings one that is not here."""
    with parts.database.read() as session:
        here = survey_datasets(session, parts.settings, parts.clock.now(session))
    infos = KNOWN | dict(here)
    return Datasets(items=[_dataset(info, available=key in here) for key, info in infos.items()])


@router.get("/spaces", responses=responses(401, 403, 422, 503))
def get_spaces(caller: Viewer, dataset: str = "cifar10") -> Spaces:
    """The presets, written out for the images of one built-in data set."""
    info = KNOWN.get(dataset)
    if info is None:
        fault = Problem("/query/dataset", f"must be one of {', '.join(KNOWN)}")
        raise Unprocessable(fault.message, problems=[fault])
    return Spaces(items=[_preset(name, info) for name in PRESETS])


@router.get("/samplers", responses=responses(401, 403, 503))
def get_samplers(caller: Viewer) -> Samplers:
    return Samplers(items=[Sampler(name=n, description=text) for n, text in SAMPLERS.items()])


@router.get("/me", responses=responses(401, 403, 503))
def get_me(caller: Anybody) -> Me:
    """Whose token this is, and what it may."""
    return Me(
        name=caller.name,
        team=caller.team,
        role=caller.role,
        token_id=caller.token_id,
        member=caller.member,
        scopes=None if caller.scopes is None else sorted(caller.scopes),
    )


def _dataset(info: DatasetInfo, *, available: bool) -> Dataset:
    folder = info.key.removeprefix("folder-") if info.key not in KNOWN else None
    return Dataset(
        name=info.key if folder is None else "folder",
        folder=folder,
        available=available,
        command=None if available else command_for(info.key),
        info=info,
    )


def _preset(name: str, dataset: DatasetInfo) -> SpacePreset:
    spec = JobSpec.parse(
        {
            "version": 1,
            "name": name,
            "dataset": {"name": dataset.key},
            "space": {"preset": name},
        }
    )
    space = resolve(spec, dataset).space
    bounds, size = measure(space, dataset)
    return SpacePreset(
        preset=name,
        dataset=dataset.key,
        space=space.model_dump(mode="json", exclude={"preset"}),
        space_size=size,
        params_min=bounds.params[0],
        params_max=bounds.params[1],
    )
