"""A day in the life of a service: everything that people, dispatchers, runners and it itself do."""

from datetime import timedelta

import httpx

from service.api.deps import Parts
from service.artifacts.collect import collect
from service.operations.retention import expire_jobs, forget
from service.queue.sweeper import Sweeper
from service.team.access import Role
from tests.api.served import Dispatcher, Runner, Served, spec


def live_through(served: Served) -> None:
    """Every kind of request that comes again and again, and a sweep."""
    admin = served.person(Role.ADMIN)
    admin.post("/jobs", json=spec()).raise_for_status()
    job_id = _post(admin)
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete_all([(0.5, 0.5), (0.6, 0.6), (0.7, 0.4)])
    runner.fail()
    runner.reserve()
    runner.client.post("/renew", json={"epoch": runner.epoch}).raise_for_status()
    _look(admin, job_id)
    _drive(admin, job_id, runner)
    _tidy(served.parts)


def _post(admin: httpx.Client) -> str:
    posted = admin.post(
        "/jobs", json=spec(priority=10, tags={"a": "b"}), headers={"Idempotency-Key": "a day"}
    )
    job_id: str = posted.raise_for_status().json()["id"]
    admin.post("/jobs", params={"dry_run": True}, json=spec()).raise_for_status()
    return job_id


def _look(person: httpx.Client, job_id: str) -> None:
    job = f"/jobs/{job_id}"
    front = person.get(f"{job}/front").raise_for_status()
    model = f"{job}/models/{front.json()['models'][0]['id']}"
    for path in (
        "/me",
        "/jobs",
        "/jobs?state=queued&state=running",
        "/jobs?tag=a:b&tag=a",
        f"/jobs?cursor={person.get('/jobs?limit=1').json()['next_cursor']}",
        job,
        f"{job}/trials",
        f"{job}/trials?state=complete&limit=1",
        f"{job}/trials/0",
        f"{job}/front?as_of=1",
        f"{job}/front/history",
        f"{job}/outlook",
        f"{job}/figures/front",
        f"{job}/figures/hypervolume",
        f"{job}/figures/curves?trial=0",
        f"{job}/figures/parallel",
        f"{job}/figures/importances",
        f"{job}/trial-table",
        f"{job}/trials/0/figures/curve",
        f"{job}/trials/0/figures/latency",
        f"{job}/trials/0/figures/ranks",
        f"/comparison?job={job_id}&job={person.get('/jobs').json()['items'][-1]['id']}",
        model,
        f"{model}/checkpoint",
        "/queue",
        "/audit",
        "/audit?action=job.post",
        "/audit?actor=Ada",
        f"/audit?object={job_id}",
        "/tokens",
        "/teams",
    ):
        person.get(path).raise_for_status()
    headers = {"If-None-Match": front.headers["etag"]}
    assert person.get(f"{job}/front", headers=headers).status_code == 304


def _drive(person: httpx.Client, job_id: str, runner: Runner) -> None:
    job = f"/jobs/{job_id}"
    point = person.get(f"{job}/trials/0").json()["parameters"]
    person.post(f"{job}/trials", json={"parameters": point}).raise_for_status()
    person.patch(job, json={"priority": 9, "tags": {"c": "d"}}).raise_for_status()
    for command in ("pause", "resume", "cancel"):
        person.post(f"{job}/{command}").raise_for_status()
    runner.finish("interrupted")
    assert person.get(f"{job}/events").text.count("event:") > 1
    person.delete(job).raise_for_status()


def _tidy(parts: Parts) -> None:
    """What the service does without being asked."""
    sweeper = Sweeper(parts.settings, parts.database, parts.clock, copy="a day")
    sweeper.sweep()
    sweeper.age()
    with parts.database.read() as session:
        now = parts.clock.now(session)
    for chore in (
        expire_jobs(parts.database, parts.clock),
        forget(parts.database, parts.clock),
        collect(parts.database, parts.artifacts, now - timedelta(days=1)),
    ):
        sum(chore)
    sweeper.leave()
