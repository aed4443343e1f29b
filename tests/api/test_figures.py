"""Figures and what else the pages draw of, over HTTP."""

import gzip
from typing import Any

import httpx
import pytest

from service.team.access import Role
from tests.api.served import Dispatcher, Runner, Served, spec
from tests.api.test_bad_input import problem_of

TWELVE = [(0.5 + number / 30, 0.9 - number / 20) for number in range(12)]


class Job:
    """A job whose runner does what a test says."""

    def __init__(self, served: Served, **document: Any) -> None:
        self.editor = served.person(Role.EDITOR)
        self.id = self.editor.post("/jobs", json=spec(**document)).raise_for_status().json()["id"]
        self.runner: Runner = Dispatcher.of(served).claim(self.id)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.editor.get(f"/jobs/{self.id}/{path}", headers=headers)

    def figure(self, path: str) -> dict[str, Any]:
        drawn: dict[str, Any] = self.get(f"figures/{path}").raise_for_status().json()
        return drawn

    def traces(self, path: str) -> dict[str, dict[str, Any]]:
        return {trace["meta"]["role"]: trace for trace in self.figure(path)["data"]}


@pytest.fixture
def job(on_each: Served) -> Job:
    return Job(on_each)


FIGURES = (
    "figures/front",
    "figures/hypervolume",
    "figures/curves",
    "figures/parallel",
    "trials/0/figures/curve",
    "trials/0/figures/latency",
    "trials/0/figures/ranks",
    "trial-table",
)


@pytest.mark.parametrize("path", FIGURES)
def test_a_figure_is_sent_again_only_when_it_has_changed(job: Job, path: str):
    job.runner.complete(0.8, 0.4)
    first = job.get(path)
    again = job.get(path, **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    job.runner.complete(0.9, 0.3)
    now = job.get(path, **{"If-None-Match": first.headers["etag"]})
    assert now.status_code == 200
    assert now.headers["etag"] != first.headers["etag"]


def test_compressed_bytes_have_a_name_of_their_own(job: Job):
    job.runner.complete(0.8, 0.4)
    small = job.get("figures/front", **{"Accept-Encoding": "br;q=0.1, gzip"})
    plain = job.get("figures/front", **{"Accept-Encoding": "gzip;q=0"})
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert small.content == plain.content
    assert small.headers["etag"] != plain.headers["etag"]
    assert small.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert len(gzip.compress(plain.content)) < len(plain.content)
    known = {"If-None-Match": plain.headers["etag"], "Accept-Encoding": "gzip"}
    assert job.get("figures/front", **known).status_code == 200


def test_an_empty_job_says_why_nothing_is_drawn(job: Job):
    for path in FIGURES[:4]:
        drawn = job.get(path).json()
        assert drawn["data"] == []
        assert drawn["empty"]
    assert job.get("trial-table").json()["number"] == []
    problem_of(job.get("trials/0/figures/curve"), 404, "not_found")


def test_the_front_is_drawn_over_the_metrics_asked_for(job: Job):
    job.runner.complete_all(TWELVE)
    front = job.editor.get(f"/jobs/{job.id}/front").json()["models"]
    usual = job.traces("front")["front"]
    assert sorted(usual["x"]) == sorted(model["values"]["params"] for model in front)
    assert {point[1] for point in usual["customdata"]} == {model["id"] for model in front}
    other = job.traces("front?x=macs&y=latency_ms&color=accuracy")["front"]
    assert sorted(other["x"]) == sorted(model["values"]["macs"] for model in front)
    assert sorted(other["marker"]["color"]) == sorted(m["values"]["accuracy"] for m in front)
    swapped = job.traces("front?x=accuracy")["front"]
    assert sorted(swapped["y"]) == sorted(usual["x"])


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("figures/front?x=params&y=params", "/query/x"),
        ("figures/front?x=beauty", "/query/x"),
        ("figures/hypervolume?against=money", "/query/against"),
        ("figures/curves?trial=-1", "/query/trial/0"),
        ("figures/curves?" + "&".join("trial=1" for _ in range(9)), "/query/trial"),
        ("figures/parallel?colour=params", "/query/colour"),
        ("trials/-1/figures/ranks", "/path/number"),
    ],
)
def test_what_is_asked_wrongly_is_told(job: Job, path: str, pointer: str):
    problem = problem_of(job.get(path), 422)
    assert [each["pointer"] for each in problem["errors"]] == [pointer]


def test_a_constraint_is_shaded(on_each: Served):
    job = Job(on_each, constraints=[{"metric": "params", "max": 12_000}])
    job.runner.complete_all(TWELVE)
    drawn = job.figure("front")
    assert drawn["layout"]["shapes"][0]["x1"] == 12_000
    assert {trace["meta"]["role"] for trace in drawn["data"]} >= {"front", "infeasible"}


def test_baselines_are_beside_the_front(on_each: Served):
    job = Job(on_each, baselines=["mobilenet_v2"])
    job.runner.complete(0.8, 0.4)
    before = job.get("figures/front").headers["etag"]
    job.runner.complete_baseline("mobilenet_v2", 0.9, 2.0)
    drawn = job.traces("front")
    assert drawn["baseline"]["text"] == ["mobilenet_v2"]
    assert job.get("figures/front").headers["etag"] != before
    table = job.get("trial-table").json()
    assert (table["purpose"], table["subject"]) == (
        ["search", "baseline"],
        [None, "mobilenet_v2"],
    )
    assert job.get("trials/1").json()["parts"] == []


def test_a_trial_of_several_ranks_is_a_curve_and_a_heat_map(on_each: Served):
    job = Job(on_each)
    ranks = {(2, 1, 1): (0.6, b"a"), (4, 1, 1): (0.7, b"b"), (4, 2, 2): (0.9, b"c")}
    job.runner.complete_ranks(ranks)
    line = job.traces("front")["rank curve"]
    assert len(line["x"]) == len(ranks) + 1
    (heat,) = job.get("trials/0/figures/ranks").json()["data"]
    assert heat["y"] == ["2", "4"]
    assert heat["x"] == ["1×1", "2×2"]
    assert heat["z"] == [[0.6, None], [0.7, 0.9]]


def test_curves_show_the_latest_of_what_attempts_reported(job: Job):
    number = job.runner.reserve()
    this = {"kind": "report", "number": number, "loss": 1.0, "seconds": 0.1}
    for attempt, training_epoch, accuracy in ((1, 1, 0.1), (1, 2, 0.2), (2, 2, 0.9)):
        if attempt == 2:
            job.runner.record({"kind": "start", "number": number, "attempt": 2})
        record = {"attempt": attempt, "training_epoch": training_epoch, "accuracy": accuracy}
        job.runner.record(this | record)
    under_way = job.traces("curves")["running"]
    assert under_way["y"] == [0.1, 0.9, None]
    assert job.traces("curves?metric=loss")["running"]["y"] == [1.0, 1.0, None]


def test_all_trials_are_told_column_by_column(job: Job):
    job.runner.complete(0.8, 0.4)
    job.runner.fail("out_of_memory")
    job.runner.reserve()
    table = job.get("trial-table").json()
    trials = {each["number"]: each for each in job.get("trials").json()["items"]}
    assert table["number"] == [0, 1, 2]
    for index, number in enumerate(table["number"]):
        trial = trials[number]
        for column in ("state", "reason", "purpose", "attempts"):
            assert table[column][index] == trial[column]
        assert table["head"][index] == trial["parameters"]["head.kind"]
        values = {m: column[index] for m, column in table["values"].items()}
        assert {m: v for m, v in values.items() if v is not None} == trial["values"]
    assert table["seconds"][2] is None
    assert table["events"] == 14, "so many were written of the job and its trials"


def test_parts_add_up_to_the_whole(job: Job):
    job.runner.complete(0.8, 0.4)
    trial = job.get("trials/0").json()
    model = job.get(f"models/{trial['models'][0]['id']}").json()
    assert model["parts"] == trial["parts"]
    assert [part["part"] for part in trial["parts"]][:2] == ["stem", "stage1"]
    for metric in ("params", "macs"):
        assert sum(part[metric] for part in trial["parts"]) == trial["values"][metric]
    assert trial["parts"][-1]["output"] is None


def test_importance_is_told_of_enough_trials(job: Job):
    job.runner.complete_all(TWELVE[:9])
    few = job.figure("importances")
    assert few["empty"] == "Importance needs 10 complete trials at least; there are 9."
    job.runner.complete_all(TWELVE[9:])
    drawn = job.get("figures/importances").json()
    assert [trace["name"] for trace in drawn["data"]] == ["accuracy", "params", "latency_ms"]
    names = [row[0] for row in drawn["table"]["rows"]]
    assert {"head.ranks.channels", "stage1.expansion"} & set(names), "conditional ones count too"
    for column in (1, 2, 3):
        assert sum(row[column] for row in drawn["table"]["rows"]) == pytest.approx(1)
    known = {"If-None-Match": job.get("figures/importances").headers["etag"]}
    assert job.get("figures/importances", **known).status_code == 304


def test_the_outlook_is_unknown_until_a_trial_has_ended(job: Job):
    job.runner.reserve()
    assert job.get("outlook").json()["remaining_seconds"] is None
    job.runner.complete_all(TWELVE)
    outlook = job.get("outlook").json()
    left = outlook["trials_left"]
    assert left == 24 - 12
    assert outlook["remaining_seconds"] == pytest.approx(outlook["seconds_run"] * left / 12)
    job.editor.post(f"/jobs/{job.id}/cancel").raise_for_status()
    job.runner.finish("cancelled")
    assert job.get("outlook").json()["remaining_seconds"] is None


def test_jobs_are_compared(on_each: Served):
    one, two = (
        Job(on_each, name="one"),
        Job(on_each, name="two", objectives=["accuracy", "params"]),
    )
    one.runner.complete_all(TWELVE)
    two.runner.complete(0.99, 0.2)
    asked = {"job": [one.id, two.id]}
    reply = one.editor.get("/comparison", params=asked)
    compared = reply.json()
    assert [each["name"] for each in compared["jobs"]] == ["one", "two"]
    assert compared["objectives"] == [
        {"metric": m, "direction": d, "reference": None}
        for m, d in (("accuracy", "maximize"), ("params", "minimize"))
    ]
    assert all(each["hypervolume"] > 0 for each in compared["jobs"])
    assert len(compared["remarks"]) == 1
    known = {"If-None-Match": reply.headers["etag"]}
    assert one.editor.get("/comparison", params=asked, headers=known).status_code == 304
    two.runner.complete(0.995, 0.2)
    assert one.editor.get("/comparison", params=asked, headers=known).status_code == 200


def test_jobs_of_others_and_the_same_job_twice_are_not_compared(on_each: Served):
    job = Job(on_each)
    stranger = on_each.person(Role.ADMIN, team="strangers")
    theirs = stranger.post("/jobs", json=spec()).json()["id"]
    for other in (theirs, "job_nothing"):
        problem_of(job.editor.get("/comparison", params={"job": [job.id, other]}), 404)
    for jobs in ([job.id, job.id], [job.id], []):
        problem = problem_of(job.editor.get("/comparison", params={"job": jobs}), 422)
        assert [each["pointer"] for each in problem["errors"]] == ["/query/job"]
