"""`tclsearch backup` of a service at work, and `restore` into another that people then use."""

from pathlib import Path
from typing import Any

from service.team.access import Role
from tclsearch.main import main
from tests.api.served import Dispatcher, Served, serving, spec


def searched(served: Served, token: str) -> tuple[str, dict[str, Any]]:
    """A job with a front, under way."""
    person = served.client(token)
    job_id = person.post("/jobs", json=spec()).raise_for_status().json()["id"]
    Dispatcher.of(served).claim(job_id).complete_all([(0.5, 2.0), (0.75, 3.0)])
    return job_id, person.get(f"/jobs/{job_id}/front").json()


def test_a_service_at_work_is_backed_up_and_used_elsewhere(tmp_path: Path, capsys: Any) -> None:
    kept, there = tmp_path / "kept", tmp_path / "there"
    with serving(tmp_path / "here") as served:
        token = served.person(Role.EDITOR).headers["Authorization"].removeprefix("Bearer ")
        job_id, front = searched(served, token)
        assert main(["backup", str(kept), "--data-dir", str(served.data_dir)]) == 0
        assert f"{kept}: " in capsys.readouterr().out
    assert main(["restore", str(kept), "--data-dir", str(there)]) == 0
    with serving(there) as served:
        person = served.client(token)
        assert person.get(f"/jobs/{job_id}/front").json() == front
        for found in front["models"]:
            download = person.get(f"/jobs/{job_id}/models/{found['id']}/checkpoint")
            assert download.headers["etag"] == f'"{found["checkpoint"]["sha256"]}"'
        job = person.get(f"/jobs/{job_id}").json()
        assert (job["state"], job["detail"]) == ("queued", "restored from a backup")
        assert (there / "admin-token").read_text() == (tmp_path / "here/admin-token").read_text()


def test_what_cannot_be_done_says_why(tmp_path: Path, capsys: Any) -> None:
    with serving(tmp_path / "here"):
        pass
    here, kept = ["--data-dir", str(tmp_path / "here")], str(tmp_path / "kept")
    for arguments, why in (
        (["restore", kept, *here], "no whole backup"),
        (["backup", kept, *here], None),
        (["backup", kept, *here], "is there already"),
        (["restore", kept, *here], "the database is not empty"),
    ):
        assert main(arguments) == (0 if why is None else 1)
        error = capsys.readouterr().err
        assert error == "" if why is None else why in error
