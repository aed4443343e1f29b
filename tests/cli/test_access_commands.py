"""`tclsearch token` and `tclsearch team` against a real service."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.api.served import Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("data")) as served:
        yield served


class Said:
    """What a command said on stdout and stderr."""

    def __init__(self, served: Served) -> None:
        self._environment = {
            **os.environ,
            "TCLSEARCH_URL": served.url,
            "TCLSEARCH_DATA_DIR": str(served.data_dir),
            "COLUMNS": "200",
        }

    def __call__(self, *arguments: str, status: int = 0) -> tuple[str, str]:
        ran = subprocess.run(
            [sys.executable, "-m", "tclsearch.main", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == status, ran.stderr
        return ran.stdout, ran.stderr


@pytest.fixture
def said(served: Served) -> Said:
    return Said(served)


def test_a_token_is_made_used_listed_and_revoked(served: Served, said: Said):
    assert said("team", "create", "red [bold]team") == ("red [bold]team\n", "")
    assert "red [bold]team" in said("team", "list")[0]
    made = ("token", "create", "nightly", "--team", "red [bold]team", "--role", "editor")
    token, told = said(*made, "--expires-at", "2099-01-01T00:00:00Z")
    assert "shown this once" in told
    client = served.client(token.strip())
    me = client.get("/me").json()
    assert (me["name"], me["team"], me["role"]) == ("nightly", "red [bold]team", "editor")

    listed = said("token", "list")[0]
    assert me["token_id"] in listed
    assert "2099-01-01" in listed
    assert token.strip() not in listed
    assert said("token", "revoke", me["token_id"]) == ("", "")
    assert client.get("/me").status_code == 401
    assert me["token_id"] not in said("token", "list")[0]


def test_a_token_is_the_callers_teams_and_a_viewers_where_nothing_else_is_said(
    served: Served, said: Said
):
    token, _ = said("token", "create", "Ada")
    me = served.client(token.strip()).get("/me").json()
    assert (me["team"], me["role"]) == ("default", "viewer")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("team", "create", "default"), "there is a team of this name"),
        (("token", "create", "Ada", "--team", "nobody"), "/team: there is no such team"),
        (("token", "revoke", "tok_nope"), "there is no such token"),
        (("token", "revoke", "{own}"), "the last token"),
    ],
)
def test_what_is_refused_says_why(
    served: Served, said: Said, arguments: tuple[str, ...], message: str
):
    admin = (served.data_dir / "admin-token").read_text().strip()
    own = served.client(admin).get("/me").json()["token_id"]
    out, error = said(*(argument.format(own=own) for argument in arguments), status=1)
    assert out == ""
    assert message in error
