"""`watch`, `events` and `submit --watch`: in a terminal, in a pipe, and for programs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from service.team.access import Role
from tclsearch.watched import REMEMBERED
from tests.api.served import Dispatcher, Runner, Served, serving, spec
from tests.cli.terminal import terminal
from tests.client.cutting_proxy import CuttingProxy


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("data")) as served:
        yield served


@pytest.fixture(scope="module")
def environment(served: Served) -> dict[str, str]:
    token = served.person(Role.EDITOR).headers["Authorization"].removeprefix("Bearer ")
    return {"TCLSEARCH_URL": served.url, "TCLSEARCH_TOKEN": str(token)}


@pytest.fixture
def job_id(served: Served, environment: dict[str, str]) -> str:
    client = served.client(environment["TCLSEARCH_TOKEN"])
    posted = client.post("/jobs", json=spec(budget={"trials": 4, "training_epochs": 2}))
    return str(posted.raise_for_status().json()["id"])


@pytest.fixture
def runner(served: Served, job_id: str) -> Runner:
    return Dispatcher.of(served).claim(job_id)


def piped(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tclsearch.main", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_terminal_shows_the_job_as_it_happens(
    environment: dict[str, str], job_id: str, runner: Runner
):
    runner.complete(0.5, 2.0)
    with terminal("watch", job_id, **environment) as screen:
        screen.wait_for("digits by night", "1/4 trials", "accuracy % over params", "◆")
        runner.complete(0.8, 1.0)
        runner.fail()
        runner.reserve()
        screen.wait_for("3/4 trials", "2 complete, 1 failed", "running trial", "0/2", " left")
        screen.wait_for("hypervolume", "trial 2 is failed (exception)")
        runner.finish("budget_spent")
        assert screen.end() == 0
    view, _, front = screen.said.rpartition("┃ model")
    assert "succeeded (budget_spent)" in view
    # What came of it stays, below the view.
    assert "knee" in front


def test_what_was_before_is_not_read_event_by_event(
    served: Served, environment: dict[str, str], job_id: str, runner: Runner
):
    runner.complete_all([(0.5, 2.0), (0.8, 1.0)])
    runner.fail()
    asked: list[tuple[Any, ...]] = []

    def reads_events(connection: Any, cursor: Any, statement: str, given: Any, *_: Any) -> None:
        if "FROM events" in statement:
            asked.append(tuple(given))

    engine = served.parts.database.engine
    event.listen(engine, "before_cursor_execute", reads_events)
    try:
        with terminal("watch", job_id, **environment) as screen:
            screen.wait_for("3/4 trials", "2 complete, 1 failed", "hypervolume", "◆")
            runner.finish("budget_spent")
            assert screen.end() == 0
    finally:
        event.remove(engine, "before_cursor_execute", reads_events)
    last = (
        served.client(environment["TCLSEARCH_TOKEN"]).get(f"/jobs/{job_id}").json()["last_event"]
    )
    assert last > 2 * REMEMBERED
    # The last few, for the view's log, and what came while it was open.
    assert min(after for _, after, *_ in asked) >= last - REMEMBERED - 1


def test_who_stops_watching_does_not_stop_the_job(
    environment: dict[str, str], job_id: str, runner: Runner
):
    runner.complete(0.5, 2.0)
    with terminal("watch", job_id, **environment) as screen:
        screen.wait_for("1/4 trials")
        screen.process.send_signal(signal.SIGINT)
        assert screen.end() == 130
    assert f"job {job_id} goes on" in screen.said.replace("\r\n", " ")
    assert "Traceback" not in screen.said
    shown = json.loads(piped("show", job_id, "--json", **environment).stdout)
    assert (shown["state"], shown["desired"]) == ("running", "run")


def test_a_pipe_gets_a_line_for_each_step(
    environment: dict[str, str], job_id: str, runner: Runner
):
    runner.complete(0.5, 2.0)
    watching = subprocess.Popen(
        [sys.executable, "-u", "-m", "tclsearch.main", "watch", job_id],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    line = watching.stdout.readline()
    assert "running: 1/4 trials" in line
    runner.complete(0.9, 1.0)
    runner.finish("budget_spent")
    out, error = watching.communicate(timeout=60)
    assert "succeeded (budget_spent): 2/4 trials" in out
    assert "\x1b" not in line + out
    assert (watching.returncode, error) == (0, "")


def test_programs_get_events_through_every_cut(
    served: Served, environment: dict[str, str], job_id: str, runner: Runner
):
    runner.complete_all([(0.5, 2.0), (0.7, 1.0)])
    runner.finish("budget_spent")
    with CuttingProxy.before(served.url) as proxy:
        proxy.allowance = lambda _: 3000
        through = {**environment, "TCLSEARCH_URL": proxy.url}
        ran = piped("watch", job_id, "--json", **through)
        assert proxy.connections > 1
    events = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert (ran.returncode, ran.stderr) == (0, "")
    rest = piped("events", job_id, "--after", "3", **environment).stdout.splitlines()
    assert len(rest) == len(events) - 3
    assert "the job is succeeded (budget_spent)" in rest[-1]


def test_a_posted_job_is_followed_to_its_failure(
    served: Served, environment: dict[str, str], tmp_path: Path
):
    (tmp_path / "spec.yaml").write_text(json.dumps(spec(name="to be cancelled")))
    command = [sys.executable, "-u", "-m", "tclsearch.main", "submit", "--watch"]
    watching = subprocess.Popen(
        [*command, str(tmp_path / "spec.yaml")],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    job_id = watching.stdout.readline().strip()
    served.client(environment["TCLSEARCH_TOKEN"]).post(f"/jobs/{job_id}/cancel")
    _, error = watching.communicate(timeout=60)
    assert watching.returncode == 1
    assert f"job {job_id} cancelled" in error
