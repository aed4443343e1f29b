"""The image of the control plane, built step by step in a clean root, and run as a container would be."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from tests.deploy.images import Container, Images
from tests.e2e.service_process import wait_until

ROOT = Path(__file__).parents[2]
HEALTHY_SECONDS = 120.0
OF_THE_CLUSTER = (
    "ray", "optuna", "torch", "torchvision", "tensorly", "onnx", "onnxruntime", "sklearn", "scipy",
)  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def control_plane() -> Iterator[Container]:
    with TemporaryDirectory(prefix="tclsearch-image-") as name:
        folder = Path(name)
        # Users other than root pass through it to the volume.
        folder.chmod(0o755)
        images = Images(ROOT, folder)
        stage = images.build("control-plane")
        (folder / "data").mkdir(mode=0o700)
        log = folder / "log"
        container = images.start(stage, folder / "data", log)
        try:
            wait_until(container.is_healthy, HEALTHY_SECONDS, log.read_text)
            yield container
        finally:
            status = container.stop()
        assert status == 0, log.read_text()[-4000:]


def test_it_serves_without_any_library_of_the_cluster(control_plane: Container) -> None:
    code = "import importlib.util as u, json; print(json.dumps([n for n in {} if u.find_spec(n)]))"
    ran = control_plane.run("python", "-c", code.format(OF_THE_CLUSTER))
    assert (ran.stdout, ran.stderr) == ("[]\n", "")
    ran = control_plane.run("tclsearch", "doctor", "--url", "http://127.0.0.1:8080")
    assert "tclsearch: " not in ran.stderr, ran.stderr


def test_a_job_is_posted_with_the_images_own_command_line(control_plane: Container) -> None:
    spec = (ROOT / "examples" / "digits.yaml").read_text()
    code = "import pathlib; pathlib.Path('/data/spec.yaml').write_text({!r})"
    assert control_plane.run("python", "-c", code.format(spec)).returncode == 0
    ran = control_plane.run("tclsearch", "submit", "/data/spec.yaml")
    assert ran.returncode == 0, ran.stderr
    listed = control_plane.run("tclsearch", "jobs")
    assert yaml.safe_load(spec)["name"] in listed.stdout, listed.stdout + listed.stderr


def test_it_is_nobody_special_on_a_root_that_it_cannot_write(control_plane: Container) -> None:
    assert control_plane.run("id", "-un").stdout == "tclsearch\n"
    lines = Path(f"/proc/{control_plane.process.pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines)
    assert status["Uid"].split() == ["10001"] * 4
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {0}
    assert status["NoNewPrivs"] == "1"
    for place in ("/src/x", "/opt/python/x", "/x"):
        ran = control_plane.run("touch", place)
        assert "Read-only file system" in ran.stderr or "Permission denied" in ran.stderr
    assert control_plane.run("touch", "/tmp/x").returncode == 0
    assert control_plane.run("sh", "-c", "touch /data/x && rm /data/x").returncode == 0
