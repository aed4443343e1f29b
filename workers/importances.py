"""A program: reads a job's trials as JSON, and writes how much each parameter matters.

In: `{spec, dataset, trials: [{parameters, values}]}`, complete trials in the order of their
numbers. Out: `{shares: {objective: {parameter: share}}, trials}`. The control plane runs it with a
deadline, and only where there are enough trials (`service/figures/importance.py`).
"""

import json
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from searchspace.compression import space_of
from searchspace.datasets import DatasetInfo
from searchspace.dimensions import Dimension, Ordinal, Value
from searchspace.objectives import Objective
from searchspace.spec import JobSpec
from workers.search.sampler import distribution

MOST_TRIALS = 2000
AMONG_THE_BEST = 5
"""So many trials at least count as the best, without which the account is a matter of chance."""

Trials = Sequence[Mapping[str, Any]]


def importances(spec: JobSpec, dataset: DatasetInfo, trials: Trials) -> dict[str, Any]:
    """Shares of each objective by PED-ANOVA, told from the newest MOST_TRIALS.

    It weighs conditional parameters by where they are used (Watanabe et al. 2023, and its
    conditional form of 2026).
    """
    told = trials[-MOST_TRIALS:]
    study = _study(space_of(spec, dataset).dimensions, spec.objectives, told)
    evaluator = PedAnovaImportanceEvaluator(target_quantile=max(0.1, AMONG_THE_BEST / len(told)))
    shares = {
        objective.metric.value: _shares(study, evaluator, index, objective)
        for index, objective in enumerate(spec.objectives)
    }
    return {"shares": shares, "trials": len(told)}


def _study(
    dimensions: Mapping[str, Dimension], objectives: Sequence[Objective], trials: Trials
) -> optuna.Study:
    study = optuna.create_study(
        directions=["maximize" if o.maximized else "minimize" for o in objectives]
    )
    distributions = {name: distribution(dimension) for name, dimension in dimensions.items()}
    for trial in trials:
        varied = {
            name: found
            for name in trial["parameters"]
            if (found := distributions.get(name)) is not None
        }
        study.add_trial(
            optuna.create_trial(
                params={n: _encoded(dimensions[n], trial["parameters"][n]) for n in varied},
                distributions=varied,
                values=[trial["values"][objective.metric] for objective in objectives],
            )
        )
    return study


def _encoded(dimension: Dimension, value: Value) -> Value:
    return dimension.values.index(value) if isinstance(dimension, Ordinal) else value


def _shares(
    study: optuna.Study, evaluator: PedAnovaImportanceEvaluator, index: int, objective: Objective
) -> dict[str, float]:
    sign = -1.0 if objective.maximized else 1.0
    with warnings.catch_warnings():
        # That few trials tell little is said by the chart; `normalize` is marked experimental.
        warnings.simplefilter("ignore")
        found = get_param_importances(
            study,
            evaluator=evaluator,
            target=lambda trial: sign * trial.values[index],
            normalize=False,
        )
    # Where all trials are alike nothing matters; Optuna's own scaling would call all equal.
    total = sum(found.values()) or 1.0
    return {name: float(share) / total for name, share in found.items()}


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    asked = json.load(sys.stdin)
    spec, dataset = JobSpec.parse(asked["spec"]), DatasetInfo.model_validate(asked["dataset"])
    json.dump(importances(spec, dataset, asked["trials"]), sys.stdout)


if __name__ == "__main__":
    main()
