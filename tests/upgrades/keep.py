"""Makes a database of a version as that version itself writes it, to be upgraded ever after.

`python -m tests.upgrades.keep CHECKOUT`, where a source tree of the version lies; today's own is `.`.
Its service, dispatcher and Ray run a job to its end, another until they are asked to stop, and one that
its team has cancelled; what is left goes to tests/upgrades/kept/REVISION.
"""

import argparse
import json
import os
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.e2e.service_process import ServiceProcess, has_ended, processes, wait_until

KEPT = Path(__file__).parent / "kept"
DIGITS: dict[str, Any] = {
    "dataset": {"name": "digits"},
    "space": {"preset": "tiny", "head": {"kinds": ["gap", "tcl"]}},
    "early_stopping": {"name": "none"},
    "resources": {"cpus": 1, "concurrency": 1},
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("checkout", type=Path)
    checkout = parser.parse_args().checkout.absolute()
    # What `python -m` looks at first, in the service and in all that it starts.
    os.chdir(checkout)
    os.environ["PYTHONPATH"] = str(checkout)
    with tempfile.TemporaryDirectory(prefix="tclk-") as folder:
        data_dir = Path(folder) / "data"
        kept = use(ServiceProcess(data_dir))
        wait_until(lambda: not processes(str(data_dir)), 60, lambda: "Ray goes on")
        keep(data_dir, kept)
    return 0


def use(service: ServiceProcess) -> dict[str, Any]:
    """Have a version do what people ask of it; what it says of that, and the tokens it gave."""
    service.start()
    try:
        said = _asked(service)
    finally:
        service.stop()
    return said


def _asked(service: ServiceProcess) -> dict[str, Any]:
    _said(service, "POST", "/teams", {"name": "vision"})
    ada = {"name": "Ada", "team": "default", "role": "editor"}
    editor = _said(service, "POST", "/tokens", ada)
    bob = _said(service, "POST", "/tokens", ada | {"name": "Bob"})
    service.call("DELETE", f"/tokens/{bob['id']}").raise_for_status()

    ended = service.post_job(
        **DIGITS,
        sampler={"name": "tpe", "seed": 1},
        budget={"trials": 3, "training_epochs": 2},
        tags={"project": "upgrades"},
        priority=2,
    )
    service.wait_for(ended, has_ended, 300)
    cancelled = service.post_job(**DIGITS, budget={"trials": 5})
    service.call("POST", f"/jobs/{cancelled}/cancel").raise_for_status()
    service.wait_for(cancelled, has_ended, 300)
    under_way = service.post_job(
        **DIGITS, sampler={"name": "random"}, budget={"trials": 60, "training_epochs": 3}
    )
    service.wait_for(under_way, lambda job: job["trials"]["finished"] > 0, 300)
    paths = [
        *(f"/jobs/{ended}{part}" for part in ("", "/trials", "/trials/0", "/front")),
        f"/jobs/{ended}/front/history",
        f"/jobs/{cancelled}",
        "/me",
        "/teams",
    ]
    models = _said(service, "GET", f"/jobs/{ended}/front")["models"]
    paths += [f"/jobs/{ended}/models/{model['id']}" for model in models]
    return {
        "ended": ended,
        "cancelled": cancelled,
        "under_way": under_way,
        "tokens": {
            "admin": service.token,
            "dispatcher": (service.data_dir / "dispatcher-token").read_text().strip(),
            "editor": editor["token"],
            "revoked": bob["token"],
        },
        "replies": {path: _said(service, "GET", path) for path in paths},
    }


def _said(
    service: ServiceProcess, method: str, path: str, body: object | None = None
) -> dict[str, Any]:
    options = {} if body is None else {"json": body}
    reply = service.call(method, path, **options)
    assert reply.is_success, reply.text
    return dict(reply.json())


def keep(data_dir: Path, said: dict[str, Any]) -> None:
    with sqlite3.connect(data_dir / "tclsearch.db") as database:
        ((revision,),) = database.execute("SELECT version_num FROM alembic_version")
        folder = KEPT / revision
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "artifacts").mkdir(parents=True)
        (folder / "database.sql").write_text("\n".join(database.iterdump()) + "\n")
    (folder / "said.json").write_text(json.dumps(said, indent=1) + "\n")
    models = (reply for path, reply in said["replies"].items() if "/models/" in path)
    for sha256 in {str(model["checkpoint"]["sha256"]) for model in models}:
        shutil.copy(
            data_dir / "artifacts" / "sha256" / sha256[:2] / sha256, folder / "artifacts" / sha256
        )


if __name__ == "__main__":
    sys.exit(main())
