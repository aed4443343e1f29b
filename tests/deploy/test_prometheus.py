"""Scraping, alert rules and dashboards name what `/metrics` exposes, and do what they are for."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from service.lifecycle import TrialReason, TrialState, trial_state_after
from tests.api.served import serving

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES: list[dict[str, Any]] = yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"][0][
    "rules"
]
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "tclsearch.json").read_text())
QUERIES = {
    f"{panel['title']}: {target['refId']}": target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
}
PARTS = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_sum", "_count"),
    "gauge": ("",),
}
NAME = re.compile(r"\btclsearch_\w+")


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of all series that there can be."""
    with serving(tmp_path_factory.mktemp("data")) as served:
        text = httpx.get(f"{served.url}/metrics", trust_env=False).text
    families = list(text_string_to_metric_families(text))
    told = {family.name + part for family in families for part in PARTS[family.type]}
    # When a counter began, which the client library tells of each.
    return {name for name in told if not name.endswith("_created")}


def names(query: str) -> set[str]:
    # Labels in braces may have any name.
    return set(NAME.findall(re.sub(r"\{[^}]*\}", "", query)))


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "--lint=all", "--lint-fatal", "alerts.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_promtool_is_content(arguments: tuple[str, ...]) -> None:
    ran = subprocess.run(
        ["promtool", *arguments], cwd=DEPLOY, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_alert_is_seen_to_fire_and_to_stay_silent() -> None:
    tried: dict[str, set[bool]] = {rule["alert"]: set() for rule in RULES}
    for case in yaml.safe_load((DEPLOY / "alerts_test.yml").read_text())["tests"]:
        for expected in case["alert_rule_test"]:
            tried[expected["alertname"]].add(bool(expected["exp_alerts"]))
    assert set(map(frozenset, tried.values())) == {frozenset({True, False})}


def test_alerts_name_what_is_exposed(exposed: set[str]) -> None:
    for rule in RULES:
        assert names(rule["expr"]) <= exposed, rule["alert"]
        assert rule["annotations"].keys() == {"summary", "action"}


@pytest.mark.parametrize("query", QUERIES)
def test_a_dashboards_query_names_what_is_exposed(query: str, exposed: set[str]) -> None:
    found = names(QUERIES[query])
    assert found
    assert found <= exposed


def test_the_dashboard_shows_every_metric(exposed: set[str]) -> None:
    shown = set().union(*map(names, QUERIES.values()))
    families = {re.sub("_(bucket|sum|count)$", "", name) for name in exposed}
    assert families == {re.sub("_(bucket|sum|count)$", "", name) for name in shown}


def test_dashboards_queries_can_be_parsed(tmp_path: Path) -> None:
    rules = [{"record": f"query:{n}", "expr": expr} for n, expr in enumerate(QUERIES.values())]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    ran = subprocess.run(
        ["promtool", "check", "rules", "--lint=none", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_what_counts_as_a_failed_trial_is_what_fails_one() -> None:
    (rule,) = [rule for rule in RULES if rule["alert"] == "TclsearchTrialsFail"]
    match = re.search(r'reason=~"([^"]+)"', rule["expr"])
    assert match is not None
    failing = {r.value for r in TrialReason if trial_state_after(r) is TrialState.FAILED}
    assert set(match[1].split("|")) == failing
