"""What Prometheus is told: of the database by gauges, of this process by counters."""

from collections.abc import Mapping

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from service.team.access import Role
from tests.api.served import LATENCY, SPEC, Dispatcher, Served

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(served: Served) -> Samples:
    reply = httpx.get(f"{served.url}/metrics", trust_env=False).raise_for_status()
    assert reply.headers["content-type"].startswith("text/plain")
    families = list(text_string_to_metric_families(reply.text))
    assert all(family.documentation for family in families)
    assert len({family.name for family in families}) == len(families)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((f"tclsearch_{name}", frozenset(labels.items())), 0.0)


def test_jobs_and_their_wait(served: Served):
    before = scrape(served)
    served.person().post("/jobs", json=SPEC).raise_for_status()
    after = scrape(served)
    queued = {"state": "queued"}
    assert value(after, "jobs", **queued) == value(before, "jobs", **queued) + 1
    assert ("tclsearch_jobs", frozenset({("state", "failed")})) in after, "zeroes are told too"
    assert value(after, "queue_oldest_seconds") > 0


def test_the_cluster_and_the_trials_on_it(served: Served):
    client = served.person()
    job_id = client.post("/jobs", json=SPEC | {"priority": 10}).json()["id"]
    before = scrape(served)
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete(0.9, 1.0)
    runner.fail("out_of_memory")
    after = scrape(served)
    assert value(after, "dispatchers") >= 1
    assert value(after, "cluster_cpus") > 0
    assert value(after, "granted_cpus") > value(before, "granted_cpus")
    for state, more in (("complete", 1), ("failed", 1), ("pruned", 0)):
        labels = {"state": state}
        assert value(after, "trials", **labels) == value(before, "trials", **labels) + more
    assert value(after, "stored_bytes") > value(before, "stored_bytes")


def test_requests_by_route_and_status(served: Served):
    client = served.person(Role.VIEWER)
    before = scrape(served)
    client.get("/jobs/job_1")
    client.get("/jobs/job_2")
    client.post("/jobs", json=SPEC)
    httpx.get(f"{served.url}/nothing/there", trust_env=False)
    client.request("PURGE", "/jobs")
    after = scrape(served)

    def more(**labels: str) -> float:
        name = "http_requests_total"
        return value(after, name, **labels) - value(before, name, **labels)

    assert more(method="GET", route="/jobs/{job_id}", status="404") == 2
    assert more(method="POST", route="/jobs", status="403") == 1
    assert more(method="GET", route="(none)", status="404") == 1
    assert not any("PURGE" in dict(labels).values() for _, labels in after)
    assert more(method="(other)", route="/jobs", status="405") == 1
    counted = {"method": "GET", "route": "/jobs/{job_id}"}
    name = "http_request_seconds_count"
    assert value(after, name, **counted) - value(before, name, **counted) == 2


def test_streams_are_counted_and_not_timed(served: Served):
    client = served.person()
    job_id = client.post("/jobs", json=SPEC).json()["id"]
    client.post(f"/jobs/{job_id}/cancel").raise_for_status()
    client.get(f"/jobs/{job_id}/events").raise_for_status()
    found = scrape(served)
    route = {"method": "GET", "route": "/jobs/{job_id}/events"}
    assert value(found, "http_requests_total", **route, status="200") >= 1
    assert value(found, "http_request_seconds_count", **route) == 0


def test_what_the_sweeper_did(served: Served):
    before = scrape(served)
    served.parts.telemetry.swept(rescued=2, cancelled=1)
    after = scrape(served)
    for name, more in (("rescues_total", 2), ("forced_cancels_total", 1)):
        assert value(after, name) - value(before, name) == more


def test_what_runners_tell_of_their_trials(served: Served):
    client = served.person()
    job_id = client.post("/jobs", json=SPEC | {"priority": 10}).json()["id"]
    before = scrape(served)
    runner = Dispatcher.of(served).claim(job_id)
    runner.reserve(rejected=5)
    runner.complete(0.9, 1.0)
    this = {"number": 0, "attempt": 1}
    runner.record({"kind": "measure", **this, "values": {}, "latency": LATENCY, "seconds": 2.0})
    runner.record({"kind": "stop", **this, "reason": "crash"})
    after = scrape(served)

    def more(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert more("queue_wait_seconds_count") == 1
    assert 0 < more("queue_wait_seconds_sum") < 60
    assert (more("asks_total"), more("rejected_points_total")) == (2, 5)
    assert more("trial_seconds_count", phase="train") == 2
    assert more("trial_seconds_sum", phase="train") == 0.5
    assert more("trial_seconds_sum", phase="measure") == 2.0
    assert more("trials_ended_total", reason="finished") == 1
    assert more("trials_ended_total", reason="crash") == 1
    assert value(after, "job_hypervolume", job=job_id) == runner_hypervolume(client, job_id) > 0
    assert value(after, "job_front_size", job=job_id) == 1
    runner.finish("cancelled")
    assert ("tclsearch_job_front_size", frozenset({("job", job_id)})) not in scrape(served)


def runner_hypervolume(client: httpx.Client, job_id: str) -> float:
    return float(client.get(f"/jobs/{job_id}").json()["hypervolume"])


def test_artifacts_in_and_out(served: Served):
    client = served.person()
    job_id = client.post("/jobs", json=SPEC | {"priority": 10}).json()["id"]
    before = scrape(served)
    content = b"weights of some size"
    Dispatcher.of(served).claim(job_id).complete(0.9, 1.0, content)
    (model,) = client.get(f"/jobs/{job_id}/front").json()["models"]
    client.get(f"/jobs/{job_id}/models/{model['id']}/checkpoint").raise_for_status()
    after = scrape(served)
    for direction in ("in", "out"):
        label = {"direction": direction}
        more = value(after, "artifact_bytes_total", **label)
        assert more - value(before, "artifact_bytes_total", **label) == len(content)


def test_problems_lost_runners_and_the_database(served: Served):
    client = served.person()
    job_id = client.post("/jobs", json=SPEC | {"priority": 10}).json()["id"]
    dispatcher = Dispatcher.of(served)
    runner = dispatcher.claim(job_id)
    before = scrape(served)
    lost = {"dispatcher": dispatcher.name, "epoch": runner.epoch}
    dispatcher.client.post(f"/dispatch/jobs/{job_id}/lost", json=lost).raise_for_status()
    assert runner.client.post("/renew", json={"epoch": runner.epoch}).status_code == 409
    after = scrape(served)
    assert value(after, "lost_runners_total") - value(before, "lost_runners_total") == 1
    stale = {"code": "stale_epoch"}
    assert value(after, "problems_total", **stale) - value(before, "problems_total", **stale) == 1
    done = "database_seconds_count"
    assert value(after, done) - value(before, done) >= 3
    assert value(after, "database_connections", state="in_use") == 0
    assert value(after, "database_connections", state="idle") > 0
    with pytest.raises(OperationalError), served.parts.database.read() as session:
        session.execute(text("SELECT * FROM nothing_of_this_name"))
    failed = value(scrape(served), "database_errors_total")
    assert failed == value(after, "database_errors_total") + 1


def test_the_page_of_metrics_tells_no_teams(served: Served):
    served.person(team="secretive")
    text = httpx.get(f"{served.url}/metrics", trust_env=False).text
    assert "secretive" not in text
