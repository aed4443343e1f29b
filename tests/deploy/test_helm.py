"""The chart as real Helm renders it, against Kubernetes' own schemas."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.settings import Settings
from tclsearch.main import build_parser

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm"
TOOLS = ROOT / "build" / "tools"
KUBERNETES = "1.37"
VARIANTS = {
    "as it is": (),
    "without what is optional": (
        "controlPlane.autoscaling.enabled=false",
        "networkPolicy.enabled=false",
    ),
    "with keys of a store": ("secrets.store=tclsearch-store",),
}

pytestmark = pytest.mark.slow


def helm(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TOOLS / "helm", *arguments], capture_output=True, text=True, check=False
    )


def rendered(*settings: str) -> list[dict[str, Any]]:
    flags = [flag for setting in settings for flag in ("--set", setting)]
    ran = helm("template", "mine", CHART, *flags)
    assert ran.returncode == 0, ran.stderr
    return [document for document in yaml.safe_load_all(ran.stdout) if document]


def of_kind(documents: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {d["metadata"]["name"]: d for d in documents if d["kind"] == kind}


def pods(documents: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The specification of every pod that is made."""
    for name, deployment in of_kind(documents, "Deployment").items():
        yield name, deployment["spec"]["template"]["spec"]
    for cluster in of_kind(documents, "RayCluster").values():
        yield "head", cluster["spec"]["headGroupSpec"]["template"]["spec"]
        for group in cluster["spec"]["workerGroupSpecs"]:
            yield group["groupName"], group["template"]["spec"]


def test_the_linter_is_content() -> None:
    ran = helm("lint", "--strict", CHART)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("variant", VARIANTS)
def test_kubernetes_takes_what_is_rendered(variant: str) -> None:
    sys.path.insert(0, str(TOOLS / "kubernetes"))
    try:
        import kubernetes_validate  # noqa: PLC0415
    finally:
        sys.path.remove(str(TOOLS / "kubernetes"))
    for document in rendered(*VARIANTS[variant]):
        if document["kind"] != "RayCluster":
            kubernetes_validate.validate(document, KUBERNETES, strict=True)


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_runs_with_rights_or_can_change_its_image(variant: str) -> None:
    for name, pod in pods(rendered(*VARIANTS[variant])):
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        for container in [*pod["containers"], *pod.get("initContainers", ())]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] is True
            assert security["allowPrivilegeEscalation"] is False
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]
            assert re.search(r":\d+\.\d+", container["image"])


def test_every_command_and_variable_is_one_that_we_read() -> None:
    read = {f"TCLSEARCH_{field.upper()}" for field in Settings.__dataclass_fields__}
    read |= {"TCLSEARCH_LOG", "TCLSEARCH_TOKEN"}
    for _, pod in pods(rendered()):
        for container in [*pod["containers"], *pod.get("initContainers", ())]:
            if "args" in container:
                assert build_parser().parse_args(container["args"]).module == "serve"
            for variable in container["env"]:
                name = variable["name"].removesuffix("_FILE")
                assert not name.startswith("TCLSEARCH_") or name in read


def test_a_cluster_has_no_way_to_database_and_store() -> None:
    documents = rendered("secrets.store=tclsearch-store")
    for name, pod in pods(documents):
        mounted = str(pod)
        if "control-plane" not in name:
            assert "tclsearch-database" not in mounted
            assert "tclsearch-store" not in mounted
    policies = of_kind(documents, "NetworkPolicy")
    allowed = policies["mine-ray"]["spec"]["egress"]
    everywhere = [rule for rule in allowed if "to" not in rule]
    assert [port["port"] for rule in everywhere for port in rule["ports"]] == [53, 53]
    assert policies["mine-ray"]["spec"]["policyTypes"] == ["Ingress", "Egress"]
    # What a policy is about, and whom it lets in, are pods that there are.
    components = {"control-plane", "dispatcher", "ray"}
    for policy in policies.values():
        chosen = policy["spec"]["podSelector"]["matchLabels"]
        assert chosen["app.kubernetes.io/component"] in components


def test_pods_are_found_by_what_selects_them() -> None:
    documents = rendered()
    (deployment,) = [
        each for name, each in of_kind(documents, "Deployment").items() if "control" in name
    ]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    name = "mine-control-plane"
    assert of_kind(documents, "Service")[name]["spec"]["selector"].items() <= labels.items()
    budget = of_kind(documents, "PodDisruptionBudget")[name]
    assert budget["spec"]["selector"]["matchLabels"].items() <= labels.items()
    scaler = of_kind(documents, "HorizontalPodAutoscaler")[name]
    assert scaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert "replicas" not in deployment["spec"], "the autoscaler's"


def test_the_cluster_grows_and_asks_for_its_token() -> None:
    (cluster,) = of_kind(rendered(), "RayCluster").values()
    assert cluster["spec"]["enableInTreeAutoscaling"] is True
    pins = (ROOT / "constraints.txt").read_text()
    assert f"ray=={cluster['spec']['rayVersion']}\n" in pins
    for group in cluster["spec"]["workerGroupSpecs"]:
        assert group["minReplicas"] < group["maxReplicas"]
    for name, pod in pods(rendered()):
        if name != "mine-control-plane":
            variables = {v["name"]: v for v in pod["containers"][0]["env"]}
            assert variables["RAY_AUTH_MODE"]["value"] == "token"
            assert "secretKeyRef" in variables["RAY_AUTH_TOKEN"]["valueFrom"]


@pytest.mark.parametrize(
    "wrong", ["controlPlane.replicas=0", "settings.PASSWORD=x", "nothing=1", "secrets.ray="]
)
def test_values_that_are_none_are_refused(wrong: str) -> None:
    ran = helm("template", "mine", CHART, "--set", wrong)
    assert ran.returncode != 0
    assert "values don't meet the specifications of the schema" in ran.stderr
