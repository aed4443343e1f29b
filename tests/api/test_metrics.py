"""What Prometheus is told: of the database by gauges, of this process by counters."""

from collections.abc import Mapping

import httpx
from prometheus_client.parser import text_string_to_metric_families

from service.access import Role
from tests.api.served import SPEC, Dispatcher, Served

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


def test_the_page_of_metrics_tells_no_teams(served: Served):
    served.person(team="secretive")
    text = httpx.get(f"{served.url}/metrics", trust_env=False).text
    assert "secretive" not in text
