"""A control plane alone, and a dispatcher that knows its URL and a token and nothing else of it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.cluster.nodes import RayNodes
from tests.e2e.service_process import STOP_SECONDS, ServiceProcess
from workers.datasets import store
from workers.datasets.prepared import Prepared

DATASET = {"name": "folder", "folder": "stripes"}
KEY = "folder-stripes"


def install_stripes(data_dir: Path, seed: int = 0) -> None:
    """A data set that no node has: grey pictures with a stripe, in two directions."""
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 64, size=(240, 8, 8, 1), dtype=np.uint8)
    labels = np.arange(240, dtype=np.int64) % 2
    images[labels == 0, 3, :] = 255
    images[labels == 1, :, 3] = 255
    parts = images[:200], labels[:200], images[200:], labels[200:]
    store.install(data_dir, KEY, Prepared(*parts, class_names=("row", "column"), source="a test"))


@contextmanager
def dispatching(service: ServiceProcess, nodes: RayNodes, data_dir: Path) -> Iterator[None]:
    """A dispatcher for a cluster of others, with a data directory of its own."""
    token = (service.data_dir / "dispatcher-token").read_text().strip()
    command = [sys.executable, "-m", "workers.dispatcher", "--url", service.url]
    command += ["--data-dir", str(data_dir), "--ray-address", nodes.url]
    # Every training epoch is kept.
    command += ["--checkpoint-seconds", "0"]
    variables = {**os.environ, "TCLSEARCH_TOKEN": token, "RAY_AUTH_TOKEN": nodes.token}
    with service.log_path.open("ab") as log:
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        status = process.wait(STOP_SECONDS)
    assert status == 0, service.log()
