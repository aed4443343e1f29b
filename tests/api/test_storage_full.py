"""No room, or none to write to: a status that says so, nothing half stored, and an end to it."""

import errno
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from service.artifacts.directory import _FileUpload
from tests.api.served import SPEC, Dispatcher, Served, serving
from tests.api.test_bad_input import problem_of
from tests.s3_server import S3Server


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def set_on_every_connection(served: Served, pragma: str) -> Any:
    def checkout(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA {pragma}")

    event.listen(served.parts.database.engine, "checkout", checkout)
    return lambda: event.remove(served.parts.database.engine, "checkout", checkout)


def test_a_full_disk_of_the_database(served: Served):
    editor = served.person()
    heal = set_on_every_connection(served, "max_page_count = 1")
    posted = 0
    while (reply := editor.post("/jobs", json=SPEC)).status_code == 201:
        posted += 1
    problem_of(reply, 507, "storage_full")
    assert int(reply.headers["Retry-After"]) > 0
    assert len(editor.get("/jobs", params={"limit": 200}).json()["items"]) == posted
    heal()
    set_on_every_connection(served, "max_page_count = 1000000")
    assert editor.post("/jobs", json=SPEC).status_code == 201


def test_a_database_that_can_only_be_read(served: Served):
    editor = served.person()
    job_id = editor.post("/jobs", json=SPEC).json()["id"]
    heal = set_on_every_connection(served, "query_only = 1")
    problem_of(editor.post("/jobs", json=SPEC), 503, "unavailable")
    assert editor.get(f"/jobs/{job_id}").status_code == 200
    heal()
    set_on_every_connection(served, "query_only = 0")
    assert editor.post(f"/jobs/{job_id}/cancel").status_code == 202


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [(errno.ENOSPC, 507, "storage_full"), (errno.EROFS, 503, "unavailable")],
)
def test_a_disk_of_artifacts_that_takes_nothing(
    served: Served, monkeypatch: pytest.MonkeyPatch, number: int, status: int, code: str
):
    job_id = served.person().post("/jobs", json=SPEC).json()["id"]
    runner = Dispatcher.of(served).claim(job_id)
    content = b"weights"
    path = f"/artifacts/{hashlib.sha256(content).hexdigest()}"

    def seal(self: _FileUpload) -> int:
        raise OSError(number, "no")

    with monkeypatch.context() as broken:
        broken.setattr(_FileUpload, "seal", seal)
        problem_of(runner.client.put(path, content=content), status, code)
    assert runner.client.get(path).status_code == 404
    assert list((served.data_dir / "artifacts" / "incoming").iterdir()) == []
    assert runner.client.put(path, content=content).status_code == 204
    assert runner.client.get(path).content == content


def test_a_bucket_that_is_not_there(tmp_path: Path, s3: S3Server):
    """The service runs without its storage, and stores nothing that it would have to take back."""
    given = {"artifacts": "s3://nobodys-bucket", "artifacts_endpoint": s3.endpoint}
    with serving(tmp_path, **given) as served:
        editor = served.person()
        job_id = editor.post("/jobs", json=SPEC).json()["id"]
        runner = Dispatcher.of(served).claim(job_id)
        path = f"/artifacts/{hashlib.sha256(b'weights').hexdigest()}"
        for refused in (runner.client.put(path, content=b"weights"), runner.client.get(path)):
            problem_of(refused, 503, "unavailable")
            assert int(refused.headers["Retry-After"]) > 0
        assert editor.get(f"/jobs/{job_id}").json()["state"] == "running"


def test_every_route_that_writes_says_so(served: Served):
    document = httpx.get(f"{served.url}/openapi.json", trust_env=False).json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert ("507" in operation["responses"]) == (method != "get"), (method, path)
