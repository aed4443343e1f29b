"""Every command that reads or steers a job, against a real service, in this process."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.team.access import Role
from tclsearch.arguments.parser import build_parser
from tclsearch.commands.completion import candidates
from tclsearch.main import main
from tests.api.served import SPEC, Dispatcher, Served, serving, spec
from tests.api.test_compressions import NETWORK, SMALL, model_of, safetensors, sha256_of

ROOT = Path(__file__).parents[2]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("data")) as served:
        yield served


@pytest.fixture(scope="module")
def token(served: Served) -> str:
    return str(served.person(Role.EDITOR).headers["Authorization"].removeprefix("Bearer "))


@pytest.fixture
def run(served: Served, token: str, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command; its status, and what it said on stdout and on stderr."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TCLSEARCH_URL", served.url)
    monkeypatch.setenv("TCLSEARCH_TOKEN", token)

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


@pytest.fixture
def said(run: Run) -> Callable[..., str]:
    """What a command says that does its work."""

    def call(*arguments: object) -> str:
        status, out, error = run(*arguments)
        assert (status, error) == (0, "")
        return out

    return call


Say = Callable[..., str]


@pytest.fixture
def waiting(served: Served, token: str) -> str:
    """A job that waits."""
    posted = served.client(token).post("/jobs", json=SPEC).raise_for_status()
    return str(posted.json()["id"])


@pytest.fixture(scope="module")
def searched(served: Served, token: str) -> str:
    """A job that has ended, with two complete trials and one that failed."""
    client = served.client(token)
    posted = client.post("/jobs", json=spec(name="[bold]searched", tags={"project": "demo"}))
    job_id = str(posted.raise_for_status().json()["id"])
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete_all([(0.5, 2.0), (0.75, 3.0)])
    runner.fail()
    runner.finish("budget_spent")
    return job_id


def test_what_reads_says_as_json_what_the_api_says(
    said: Say, served: Served, token: str, searched: str
):
    client = served.client(token)
    knee = client.get(f"/jobs/{searched}/front").json()["knee"]
    for command, path in (
        (("model", searched, "knee"), f"/jobs/{searched}/models/{knee}"),
        (("show", searched), f"/jobs/{searched}"),
        (("front", searched), f"/jobs/{searched}/front"),
        (("trial", searched, 0), f"/jobs/{searched}/trials/0"),
        (("queue",), "/queue"),
        (("whoami",), "/me"),
        (("cluster",), "/cluster"),
    ):
        assert json.loads(said(*command, "--json")) == client.get(path).json(), command
    for command, path in (
        (("jobs", "--limit", 1), "/jobs?limit=1"),
        (("jobs", "--tag", "project:demo"), "/jobs?tag=project:demo"),
        (("trials", searched), f"/jobs/{searched}/trials"),
        (("datasets",), "/datasets"),
    ):
        assert json.loads(said(*command, "--json"))["items"] == client.get(path).json()["items"]


def test_everything_that_reads_has_its_json():
    with_json, without = [], []
    for words, parser in _commands(build_parser(), ()):
        options = {option for action in parser._actions for option in action.option_strings}
        (with_json if "--json" in options else without).append(" ".join(words))
    assert {"jobs", "show", "watch", "events", "trials", "front", "queue", "audit"} < set(
        with_json
    )
    assert set(without) == {
        "serve", "migrate", "backup", "restore", "dispatch", "device agent", "delete", "download",
        "export optuna", "export csv",
        "export parquet", "export tensorboard", "export mlflow", "data fetch", "data register",
        "token create", "token revoke", "team create", "team add-member", "team change-member",
        "team remove-member", "webhook create", "webhook delete", "webhook test", "completion",
        "_complete",
    }  # fmt: skip


def _commands(parser: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = [a.choices for a in parser._actions if isinstance(a.choices, dict)]
    if not inner:
        yield words, parser
    for name, each in (inner[0] if inner else {}).items():
        yield from _commands(each, (*words, name))


def test_a_job_says_what_it_began_with_and_spared_itself(
    said: Say, served: Served, token: str, searched: str
):
    asked = spec(warm_start=[searched], priority=10)
    job_id = served.client(token).post("/jobs", json=asked).raise_for_status().json()["id"]
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete(0.5, 2.0)
    runner.copy(0)
    runner.reserve(rejected=12)
    runner.finish("cancelled")
    shown = said("show", job_id)
    assert "2 results, 0 outside the space left out" in shown
    assert re.search(r"rejected before training\W+12", shown)
    assert re.search(r"result taken from trial\W+0", said("trial", job_id, 1))
    assert "taken from" not in said("trial", job_id, 0)


def test_tables_show_what_people_look_for(said: Say, searched: str):
    assert "[bold]searched" in said("jobs")
    trials = said("trials", searched)
    assert "75.00" in trials
    assert "failed (exception)" in trials
    assert "75.00" not in said("trials", searched, "--state", "failed")
    trial = said("trial", searched, 1)
    for text in ("training.learning_rate", "training epoch", "37.50", "on the front"):
        assert text in trial
    assert "params under GAP and flatten" in said("model", searched, "knee")
    assert "available" in said("datasets")
    assert "1 dispatcher alive" in said("cluster")
    assert "editor" in said("whoami")


def test_importance_is_told_of_enough_trials(
    said: Say, run: Run, served: Served, token: str, searched: str
):
    status, out, error = run("importance", searched)
    assert (status, out) == (1, "")
    assert "needs 10 complete trials at least" in error
    posted = served.client(token).post("/jobs", json=spec(budget={"trials": 12}))
    job_id = posted.raise_for_status().json()["id"]
    points = [(0.5 + 0.03 * number, 1.0 + number % 5) for number in range(12)]
    Dispatcher.of(served).claim(job_id).complete_all(points)
    drawn = json.loads(said("importance", job_id, "--json"))
    (name, share, *_) = drawn["table"]["rows"][0]
    shown = said("importance", job_id)
    assert "accuracy %" in shown
    assert re.search(rf"{re.escape(name)}\W+{100 * share:.1f}", shown)
    assert "12 of 12 complete trials" in shown


def test_jobs_are_compared_side_by_side(said: Say, searched: str, waiting: str):
    table = said("compare", searched, waiting)
    for text in ("[bold]searched", "digits by night", "knee's accuracy %", "tags.project", "demo"):
        assert text in table
    items = json.loads(said("compare", searched, waiting, "--json"))["items"]
    assert [item["job"]["id"] for item in items] == [searched, waiting]


def test_a_job_is_steered(said: Say, run: Run, waiting: str, searched: str):
    assert json.loads(said("priority", waiting, 3, "--json"))["priority"] == 3
    assert json.loads(said("priority", waiting, "--json", "--", -3))["priority"] == -3
    assert json.loads(said("extend", waiting, "--trials", 99, "--json"))["budget"]["trials"] == 99
    assert "paused" in said("pause", waiting)
    assert "queued" in said("resume", waiting)
    status, _, error = run("extend", waiting)
    assert status == 1
    assert "--trials" in error
    status, _, error = run("delete", waiting)
    assert status == 1
    assert "cancelled" in said("cancel", waiting)
    assert said("delete", waiting) == ""
    assert run("show", waiting)[0] == 1


def test_an_empty_front_has_no_knee(run: Run, waiting: str):
    for command in ("model", "download"):
        status, out, error = run(command, waiting, "knee")
        assert (status, out) == (1, "")
        assert "no model is on it yet" in error


def test_a_point_of_ones_own_is_given(said: Say, run: Run, waiting: str, searched: str):
    parameters = json.loads(said("trial", searched, 0, "--json"))["parameters"]
    words = [f"{name}={json.dumps(value)}" for name, value in parameters.items()]
    assert "1 waiting" in said("point", waiting, *words)
    status, _, error = run("point", waiting, "--like", 0)
    assert status == 1
    given = json.loads(said("point", waiting, *words, "training.learning_rate=0.002", "--json"))
    assert given["parameters"]["training.learning_rate"] == 0.002
    assert given["parameters"]["head.kind"] == parameters["head.kind"]
    status, _, error = run("point", waiting, "training.learning_rate=fast", "odd=1")
    assert status == 1
    assert "/parameters/odd" in error
    assert "/parameters/training.learning_rate" in error
    assert "NAME=VALUE" in run("point", waiting, "fast")[2]


def test_a_dry_run_posts_nothing(said: Say, served: Served, tmp_path: Path):
    (tmp_path / "spec.json").write_text(json.dumps(SPEC))
    before = served.stored()
    assert "architectures" in said("submit", tmp_path / "spec.json", "--dry-run")
    assert json.loads(said("submit", tmp_path / "spec.json", "--dry-run", "--json"))["valid"]
    assert served.stored() == before


def test_a_model_is_downloaded(said: Say, searched: str, tmp_path: Path):
    path = Path(said("download", searched, "knee", "-o", tmp_path).strip())
    assert path.parent == tmp_path
    assert path.read_bytes() == b"weights"


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("jobs", "--url", "http://127.0.0.1:9"), "tclsearch serve"),
        (("jobs", "--token", "wrong"), "tclsearch token create"),
        (("team", "create", "x"), "tclsearch whoami"),
    ],
)
def test_who_is_refused_is_told_what_to_do(run: Run, arguments: tuple[str, ...], advice: str):
    status, out, error = run(*arguments)
    assert (status, out) == (1, "")
    assert advice in error


def test_words_are_completed(said: Say, searched: str):
    def words(*typed: str) -> list[str]:
        return said("_complete", *typed).split()

    assert "submit" in words("su")
    assert "_complete" not in words("")
    assert words("token", "cr") == ["create"]
    assert words("completion", "") == ["bash", "zsh", "fish"]
    assert "--limit" in words("jobs", "--")
    assert words("jobs", "--state", "su") == ["succeeded"]
    assert searched in words("show", "")
    assert words("trial", searched, "") == []
    assert searched in words("compare", searched, "job_")


def test_nothing_is_completed_where_there_is_no_service(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TCLSEARCH_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("TCLSEARCH_TOKEN", "x")
    assert candidates(build_parser(), ["show"], "") == []


def test_bash_completes(served: Served, token: str, tmp_path: Path):
    (tmp_path / "tclsearch").write_text(
        f'#!/bin/sh\nexec {sys.executable} -m tclsearch.main "$@"\n'
    )
    (tmp_path / "tclsearch").chmod(0o755)
    script = (
        'source <(tclsearch completion bash); COMP_WORDS=(tclsearch token "li"); COMP_CWORD=2; '
        '_tclsearch; echo "${COMPREPLY[@]}"'
    )
    ran = subprocess.run(
        ["bash", "-c", script],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "list\n"


@pytest.mark.parametrize(
    ("arguments", "unloaded"),
    [
        (
            ["--help"],
            {"torch", "ray", "optuna", "httpx", "pydantic", "rich", "numpy", "sqlalchemy"},
        ),
        (
            ["jobs", "--url", "http://127.0.0.1:9", "--token", "x"],
            {"torch", "ray", "optuna", "numpy"},
        ),
    ],
)
def test_commands_load_no_more_than_they_need(arguments: list[str], unloaded: set[str]):
    script = (
        "import sys\nfrom tclsearch.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *{name.partition('.')[0] for name in sys.modules})"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.rpartition("LOADED")[2].split())
    assert "tclsearch" in loaded
    assert loaded & unloaded == set()


def test_a_model_is_compressed_at_the_ranks_that_are_listed(
    served: Served, said: Callable[..., str]
):
    client = served.person()
    source = model_of(served, client, "flatten", safetensors(SMALL))
    named = ("compress", "--model", source["job"], "knee", "--ranks", "4x1x1", "2x2x1")
    before = served.stored()
    assert "2" in said(*named, "--dry-run")
    assert served.stored() == before
    job = client.get(f"/jobs/{said(*named, '--epochs', 3, '--name', 'less').strip()}").json()
    compress, budget = job["spec"]["compress"], job["spec"]["budget"]
    assert {name: compress[name] for name in source} == source
    assert sorted(compress["ranks"]) == [[2, 2, 1], [4, 1, 1]]
    assert (job["name"], budget["training_epochs"], budget["trials"]) == ("less", 3, 2)


def test_a_network_is_compressed_with_the_weights_of_a_file(
    served: Served, said: Callable[..., str], run: Run, tmp_path: Path
):
    weights, spec_file = tmp_path / "weights.safetensors", tmp_path / "compression.yaml"
    weights.write_bytes(safetensors(NETWORK))
    spec_file.write_text("source: {architecture: shufflenet_v2_x0_5}\ntags: {mine: too}\n")
    job_id = said("compress", spec_file, "--weights", weights, "--dataset", "digits").strip()
    found = served.person().get(f"/jobs/{job_id}").json()["spec"]
    assert found["compress"]["weights"] == sha256_of(weights.read_bytes())
    assert found["tags"] == {"mine": "too"}

    for arguments, fault in (
        ((), "say what to compress"),
        (("--arch", "mnasnet0_5", "--ranks", "4"), "give ranks as"),
        (("--arch", "mnasnet0_5", "--weights", tmp_path / "none"), "No such file"),
        ((tmp_path / "weights.safetensors",), "weights.safetensors"),
    ):
        status, _, error = run("compress", *arguments)
        assert (status, fault in error) == (1, True), error
