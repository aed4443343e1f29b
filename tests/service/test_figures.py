"""Figures, without a database: what is drawn, what is left out, and what is said beside it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic_core import to_json

from searchspace.architecture import Architecture
from searchspace.cost import architecture_cost
from searchspace.objectives import Constraint, Metric, Objective
from service.figures.chart import Figure, ModelPoint, plain, spread_out
from service.figures.comparison import Rival, compare
from service.figures.front import MOST_DOMINATED, Axes, Shown, front_figure
from service.figures.parameters import (
    MOST_LINES,
    UNUSED,
    Importances,
    Tried,
    importances_figure,
    parallel_figure,
)
from service.figures.progress import (
    MOST_CURVES,
    Against,
    Epoch,
    Measured,
    Progress,
    Revision,
    Run,
    curves_figure,
    hypervolume_figure,
    worth_drawing,
)
from service.figures.trial import curve_figure, latency_figure, ranks_figure
from service.lifecycle import TrialPurpose, TrialState

ACCURACY, PARAMS, LATENCY = (
    Objective(metric=metric) for metric in (Metric.ACCURACY, Metric.PARAMS, Metric.LATENCY_MS)
)
OBJECTIVES = (ACCURACY, PARAMS, LATENCY)
AXES = Axes.of(OBJECTIVES)
BEGAN = datetime(2026, 11, 25, 12, tzinfo=UTC)


def architecture(ranks: tuple[int, int, int] | None = (4, 2, 2)) -> Architecture:
    return Architecture.parse(
        {
            "input": {"channels": 1, "height": 8, "width": 8},
            "classes": 10,
            "stem": {"width": 8},
            "stages": [{"block": "residual", "depth": 1, "width": 16, "stride": 2}],
            "head": {"kind": "gap" if ranks is None else "tcl", "ranks": ranks},
        }
    )


def model(trial: int, accuracy: float = 0.8, params: int = 1000, **given: Any) -> ModelPoint:
    known = {
        "id": f"mdl_{trial}_{accuracy}",
        "head": "tcl",
        "ranks": (4, 2, 2),
        "values": {"accuracy": accuracy, "params": params, "latency_ms": 0.5, "macs": 9000},
        "feasible": True,
        "on_front": False,
    }
    return ModelPoint(trial=trial, **(known | given))


def shown(*models: ModelPoint, **given: Any) -> Shown:
    known: dict[str, Any] = {"architectures": {}, "knee": None, "stopped": {}}
    return Shown(models=models, **(known | given))


def roles(figure: Figure) -> dict[str, dict[str, Any]]:
    return {trace["meta"]["role"]: trace for trace in figure.data}


def is_whole(figure: Figure) -> None:
    """It is JSON, and each row of the table has a cell for each column."""
    assert json.loads(to_json(figure))
    assert {len(row) for row in figure.table.rows} <= {len(figure.table.columns)}
    for trace in figure.data:
        assert len(trace["x"]) == len(trace["y"])


@pytest.mark.parametrize("most", [1, 2, 7, 100])
def test_what_is_spread_out_keeps_its_order_and_its_ends(most: int):
    found = spread_out(range(50), most)
    assert found == sorted(set(found))
    assert len(found) == min(most, 50)
    assert found[-1] == 49
    assert most == 1 or found[0] == 0


def test_a_persons_words_are_no_markup():
    assert plain("<b>a & b</b>") == "&lt;b&gt;a &amp; b&lt;/b&gt;"


def test_axes_follow_the_objectives():
    assert Axes.of(OBJECTIVES) == Axes(Metric.PARAMS, Metric.ACCURACY, Metric.LATENCY_MS)
    assert Axes.of([LATENCY]) == Axes(Metric.PARAMS, Metric.LATENCY_MS, None)
    assert Axes.of([ACCURACY, LATENCY]) == Axes(Metric.LATENCY_MS, Metric.ACCURACY, None)


def test_a_front_tells_its_members_from_the_rest():
    members = [model(3, 0.9, 2000, on_front=True), model(1, 0.7, 500, on_front=True)]
    rest = [model(0, 0.6, 900), model(2, 0.95, 9000, feasible=False)]
    known = {each.id: architecture() for each in members}
    figure = front_figure(
        OBJECTIVES,
        [],
        shown(
            *rest, *members, architectures=known, knee=members[1].id, stopped={7: rest[0].values}
        ),
        AXES,
    )
    is_whole(figure)
    found = roles(figure)
    assert found["front"]["customdata"][0][:2] == [3, members[0].id]
    assert found["front"]["text"][0] == "stem 8 · residual 1×16 · tcl 4×2×2"
    assert found["front"]["marker"]["color"] == [0.5, 0.5]
    assert found["dominated"]["customdata"][0][0] == 0
    assert found["infeasible"]["customdata"][0][0] == 2
    assert found["stopped"]["customdata"] == [[7, None, "stopped early"]]
    assert found["knee"]["x"] == [500]
    assert [row[0] for row in figure.table.rows] == [3, 1]
    assert [row[-1] for row in figure.table.rows] == [False, True]


def test_other_heads_are_counted_and_hidden_until_asked_for():
    (member,) = members = [model(0, 0.9, 2000, on_front=True)]
    known = {member.id: architecture()}
    figure = front_figure(OBJECTIVES, [], shown(*members, architectures=known), AXES)
    gap = roles(figure)["gap head"]
    assert gap["x"] == [architecture_cost(architecture(None)).params]
    assert gap["y"] == [0.9]
    assert gap["visible"] == "legendonly"
    over_time = Axes(Metric.LATENCY_MS, Metric.ACCURACY, None)
    timed = front_figure(OBJECTIVES, [], shown(*members, architectures=known), over_time)
    assert "gap head" not in roles(timed)


def test_baselines_and_retrained_models_are_no_members():
    figure = front_figure(
        OBJECTIVES,
        [],
        shown(
            model(0, on_front=True),
            model(1, purpose=TrialPurpose.BASELINE, subject="mobilenet_v2"),
            model(2, purpose=TrialPurpose.RETRAIN, subject="mdl_0"),
        ),
        AXES,
    )
    found = roles(figure)
    assert found["baseline"]["text"] == ["mobilenet_v2"]
    assert len(found["front"]["x"]) == len(found["retrained"]["x"]) == 1
    assert "dominated" not in found


def test_models_of_one_trial_are_joined_by_a_line():
    several = [model(4, 0.7, 900), model(4, 0.8, 400, on_front=True), model(4, 0.9, 2000)]
    figure = front_figure(OBJECTIVES, [], shown(model(1), *several), AXES)
    line = roles(figure)["rank curve"]
    assert line["x"] == [400, 900, 2000, None]
    assert line["y"] == [0.8, 0.7, 0.9, None]


def test_what_the_constraints_allow_is_shaded():
    limits = [
        Constraint(metric=Metric.PARAMS, max=1500),
        Constraint(metric=Metric.ACCURACY, min=0.75),
        Constraint(metric=Metric.LATENCY_MS, max=1),
    ]
    drawn = shown(model(0, 0.7, 500), model(1, 0.8, 1000), model(2, 0.9, 3000))
    region, *lines = front_figure(OBJECTIVES, limits, drawn, AXES).layout["shapes"]
    assert (region["x1"], region["y0"]) == (1500, 0.75)
    assert region["x0"] < 500
    assert region["y1"] > 0.9
    assert len(lines) == 2
    (note,) = front_figure(OBJECTIVES, limits, drawn, AXES).notes
    assert note == "Shaded is what the constraints allow: params ≤ 1,500, 0.75 ≤ accuracy."


def test_nothing_is_shaded_where_nothing_drawn_is_allowed():
    limits = [Constraint(metric=Metric.PARAMS, max=10)]
    assert front_figure(OBJECTIVES, limits, shown(model(0)), AXES).layout["shapes"] == []


def test_thousands_of_points_are_thinned_out_and_it_is_said():
    members = [model(i, 0.9, 10 + i, on_front=True) for i in range(300)]
    many = [model(i, 0.5, 5000 + i) for i in range(300, 5000)]
    figure = front_figure(OBJECTIVES, [], shown(*members, *many), AXES)
    found = roles(figure)
    assert len(found["dominated"]["x"]) == MOST_DOMINATED
    assert len(found["front"]["x"]) == len(figure.table.rows) == 300
    assert figure.notes[0].startswith("1,500 of 4,700 points off the front are drawn")
    assert len(to_json(figure)) < 500_000


def test_a_metric_that_was_not_measured_is_not_drawn():
    axes = Axes(Metric.SIZE_BYTES, Metric.ACCURACY, None)
    figure = front_figure(OBJECTIVES, [], shown(model(0, on_front=True)), axes)
    assert figure.empty


def revision(trials: int, volume: float) -> Revision:
    return Revision(BEGAN + timedelta(minutes=trials), trials, volume, trials)


def test_hypervolume_goes_up_to_the_present():
    progress = Progress([revision(1, 2.0), revision(4, 3.0)], trials=9, since=BEGAN)
    over_trials = hypervolume_figure(progress, Against.TRIALS)
    is_whole(over_trials)
    assert roles(over_trials)["hypervolume"]["x"] == [1, 4, 9]
    assert roles(over_trials)["hypervolume"]["y"] == [2.0, 3.0, 3.0]
    over_time = hypervolume_figure(progress, Against.TIME)
    assert roles(over_time)["hypervolume"]["x"] == [1, 4]
    assert over_time.layout["xaxis"]["title"]["text"] == "minutes since the start"


@pytest.mark.parametrize(("size", "step"), [(1, 1), (6, 1), (7, 2), (94, 16)])
def test_the_size_of_the_front_is_told_in_whole_models(size: int, step: int):
    figure = hypervolume_figure(
        Progress([Revision(BEGAN, 1, 2.0, size)], 1, BEGAN), Against.TRIALS
    )
    assert figure.layout["yaxis2"]["dtick"] == step


def test_an_empty_front_has_no_hypervolume():
    assert hypervolume_figure(Progress([], 3, BEGAN), Against.TRIALS).empty
    assert hypervolume_figure(Progress([], 0, None), Against.TIME).empty


def test_many_revisions_are_thinned_out():
    progress = Progress([revision(i, i) for i in range(1, 3001)], 3000, BEGAN)
    figure = hypervolume_figure(progress, Against.TRIALS)
    assert len(roles(figure)["hypervolume"]["x"]) == 500
    assert figure.notes == ("500 of 3,000 changes of the front are drawn.",)


def test_curves_are_of_the_front_of_those_under_way_and_of_whoever_is_wanted():
    runs = [
        Run(n, TrialState.RUNNING if n > 4990 else TrialState.COMPLETE, n % 100 == 0)
        for n in range(5000)
    ]
    chosen = worth_drawing(runs, [17, 4321])
    numbers = [run.number for run in chosen]
    assert len(chosen) == MOST_CURVES
    assert {17, 4321, *range(4991, 5000)} <= set(numbers)
    assert numbers == sorted(numbers)
    assert sum(run.on_front for run in chosen) >= 20


def test_pruned_and_failed_curves_look_different():
    states = [TrialState.COMPLETE, TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED]
    runs = [Run(n, state, n == 1) for n, state in enumerate([*states, TrialState.SUSPENDED])]
    curves = {n: [Epoch(1, 0.5, 1.5), Epoch(2, 0.6, 1.0)] for n in range(5)}
    figure = curves_figure(runs, curves, 5, Measured.ACCURACY)
    is_whole(figure)
    found = roles(figure)
    assert found.keys() == {"front", "complete", "running", "pruned", "failed"}
    assert found["front"]["customdata"][0] == [1]
    assert found["pruned"]["x"] == [1, 2, None]
    looks = {(t["line"].get("dash"), t["marker"]["symbol"]) for t in figure.data}
    assert len(looks) == 4, "complete and on the front differ by colour and width alone"
    assert figure.notes == ()
    losses = curves_figure(runs, curves, 9, Measured.LOSS)
    assert roles(losses)["front"]["y"] == [1.5, 1.0, None]
    assert losses.notes[0].startswith("5 of 9 trials")


def test_no_curves_before_the_first_training_epoch():
    assert curves_figure([Run(0, TrialState.RUNNING, False)], {}, 1, Measured.ACCURACY).empty


def tried(number: int, accuracy: float, on_front: bool = False, **parameters: Any) -> Tried:
    return Tried(number, parameters, {"accuracy": accuracy, "params": 10.0 * number}, on_front)


METRICS = [Metric.ACCURACY, Metric.PARAMS]


def test_parallel_coordinates_handle_choices_and_what_is_not_used():
    trials = [
        tried(0, 0.5, kind="gap", rate=0.001, same=3),
        tried(1, 0.6, kind="tcl", rate=0.1, same=3, rank=4),
        tried(2, 0.9, kind="tcl", rate=0.01, same=3, rank=8, flag=True),
    ]
    names = ["kind", "rank", "rate", "same", "flag"]
    figure = parallel_figure(trials, names, METRICS, Metric.ACCURACY, [])
    is_whole(figure)
    axes = figure.layout["xaxis"]["ticktext"]
    assert axes == ["kind", "rank", "rate", "flag", "accuracy", "params"]
    heights = {
        trace["customdata"][at][0]: dict(zip(axes, trace["y"][at : at + 6], strict=True))
        for trace in figure.data
        if trace["meta"]["role"] == "lines"
        for at in range(0, len(trace["x"]), 7)
    }
    assert heights[0]["rank"] == heights[0]["flag"] == UNUSED
    assert (heights[0]["kind"], heights[1]["kind"]) == (0, 1)
    assert heights[2]["rate"] == 0.5, "a rate is compared by its ratio"
    assert (heights[1]["rank"], heights[2]["rank"]) == (0, 1)
    assert figure.table.rows[0][:2] == [0, 0.5]


def test_parallel_coordinates_are_bounded_but_keep_who_is_wanted():
    trials = [tried(n, n / 5000, on_front=n < 3, a=n % 7, b=n % 5) for n in range(5000)]
    figure = parallel_figure(trials, ["a", "b"], METRICS, Metric.ACCURACY, [4999, 1234])
    numbers = {row[0] for row in figure.table.rows}
    assert len(numbers) == MOST_LINES
    assert {0, 1, 2, 1234, 4999} <= numbers
    assert len([t for t in figure.data if t["meta"]["role"] == "lines"]) == 5


@pytest.mark.parametrize("trials", [[], [tried(0, 0.5, a=1)]])
def test_parallel_coordinates_need_two_trials(trials: list[Tried]):
    assert parallel_figure(trials, ["a"], METRICS, Metric.ACCURACY, []).empty


def test_equal_results_are_one_shade():
    figure = parallel_figure(
        [tried(n, 0.5, a=n) for n in range(5)], ["a"], [Metric.ACCURACY], Metric.ACCURACY, []
    )
    assert len([t for t in figure.data if t["meta"]["role"] == "lines"]) == 1


def test_importances_are_in_order_and_bounded():
    shares = {f"p{n:02}": n / 100 for n in range(20)}
    figure = importances_figure(Importances({"accuracy": shares, "params": {}}, 50), 60)
    is_whole(figure)
    assert figure.data[0]["y"][-1] == "p19"
    assert len(figure.data[0]["x"]) == 15
    assert len(figure.table.rows) == 20
    assert "50 of 60" in figure.notes[1]
    assert importances_figure(Importances({"accuracy": {}}, 50), 50).empty


def test_one_trials_figures():
    curve = curve_figure([Epoch(1, 0.5, 2.0), Epoch(2, 0.7, 1.0)], [0.1, 0.2])
    is_whole(curve)
    assert curve.table.rows[1] == [2, 0.7, 1.0, 0.2]
    assert curve_figure([], []).empty
    latency = latency_figure({"min": 1, "median": 2, "p90": 3, "runs": 250, "reference": 0.5})
    assert [row[0] for row in latency.table.rows] == ["min", "median", "p90", "reference"]
    assert latency.notes == ("Of 250 runs.",)
    assert latency_figure(None).empty


def test_ranks_as_a_heat_map():
    models = [
        model(0, 0.7, 100, ranks=(4, 1, 1)),
        model(0, 0.8, 200, ranks=(8, 1, 1)),
        model(0, 0.9, 300, ranks=(8, 2, 2)),
        model(0, 0.5, 50, ranks=None),
    ]
    figure = ranks_figure(models)
    (heat,) = figure.data
    assert (heat["x"], heat["y"]) == (["1×1", "2×2"], ["4", "8"])
    assert heat["z"] == [[0.7, None], [0.8, 0.9]]
    assert heat["customdata"][1][1] == [0, models[2].id]
    assert len(figure.table.rows) == 3
    assert ranks_figure(models[:1]).empty


def rival(
    name: str,
    *front: ModelPoint,
    objectives: Any = OBJECTIVES,
    reference: float = 1e4,
    **given: Any,
) -> Rival:
    worst = {Metric.ACCURACY: 0.0, Metric.PARAMS: reference, Metric.LATENCY_MS: 10.0}
    known = {"job_id": f"job_{name}", "dataset": "digits"} | given
    return Rival(name=name, objectives=objectives, reference=worst, front=front, **known)


def test_jobs_are_compared_under_one_reference():
    small = rival("small", model(0, 0.8, 100), objectives=(ACCURACY, PARAMS), reference=1000)
    large = rival("large", model(0, 0.9, 1500), objectives=(ACCURACY, PARAMS), reference=2000)
    compared = compare([small, large])
    assert compared.reference == {"accuracy": 0.0, "params": 2000.0}
    assert [round(each.hypervolume or 0) for each in compared.standings] == [1520, 450]
    assert compared.remarks == ()
    is_whole(compared.figure)
    members = [t["name"] for t in compared.figure.data if t["meta"]["role"] == "front"]
    assert members == ["small", "large"]


def test_other_objectives_are_left_out_and_that_is_said():
    three = rival("three", model(0, 0.8, 100), model(1, 0.7, 200))
    two = rival("two", model(0, 0.9, 500), objectives=(PARAMS, ACCURACY))
    compared = compare([three, two])
    assert [objective.metric for objective in compared.objectives] == ["accuracy", "params"]
    assert compared.standings[0].models == 1, "the second model was there for its latency"
    assert compared.remarks == (
        "three also optimises latency_ms, which this comparison leaves out.",
    )


def test_jobs_with_nothing_in_common_are_explained():
    fast = rival("fast", model(0), objectives=(LATENCY,), dataset="cifar10")
    right = rival("right", model(0), objectives=(ACCURACY,))
    compared = compare([fast, right])
    assert [each.hypervolume for each in compared.standings] == [None, None]
    assert "no objective in common" in compared.remarks[0]
    assert "different data sets (cifar10, digits)" in compared.remarks[1]
    assert compared.figure.empty is None


def test_jobs_without_a_front_are_compared_too():
    compared = compare([rival("none"), rival("neither")])
    assert [each.hypervolume for each in compared.standings] == [0.0, 0.0]
    assert compared.figure.empty
