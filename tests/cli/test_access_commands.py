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


def test_members_come_get_tokens_and_go(served: Served, said: Said):
    said("team", "create", "crew [x]")
    in_team = ("--team", "crew [x]")
    assert "editor" in said("team", "add-member", "Grace [y]", "--role", "editor", *in_team)[0]
    assert "Grace [y]" in said("team", "members", *in_team)[0]
    made = ("token", "create", "laptop", "--member", "Grace [y]", "--role", "editor", *in_team)
    token, _ = said(
        *made, "--scope", "read", "--scope", "jobs", "--expires", "2099-01-01T00:00:00Z"
    )
    client = served.client(token.strip())
    me = client.get("/me").json()
    assert (me["member"], me["role"], me["scopes"]) == ("Grace [y]", "editor", ["jobs", "read"])
    assert "jobs, read" in said("token", "list")[0]
    said("team", "change-member", "Grace [y]", "--role", "viewer", *in_team)
    assert client.get("/me").json()["role"] == "viewer"
    assert said("team", "remove-member", "Grace [y]", *in_team) == ("", "")
    assert client.get("/me").status_code == 401
    assert "Grace" not in said("team", "members", *in_team)[0]

    trail = said("audit", "--object", "Grace [y]")[0]
    for action in ("member.add", "member.change", "member.remove"):
        assert action in trail
    assert "tokens_revoked 1" in trail
    assert "member.add" not in said("audit", "--action", "team.create")[0]


def test_quotas_are_set_lifted_and_shown(served: Served, said: Said):
    said("team", "create", "many")
    quotas = ("--slots", "4", "--queued-jobs", "9", "--retention-days", "30")
    out, _ = said("team", "quotas", "many", *quotas)
    assert "30 days" in out
    assert "slots 4" in out
    assert "queued_jobs 9" in out
    shown, _ = said("team", "quotas", "many", "--slots", "none")
    assert "slots" not in shown
    assert said("team", "quotas", "many")[0] == shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("team", "quotas", "default", "--slots", "x"), "/quotas/slots"),
        (("team", "quotas", "nobody", "--slots", "1"), "there is no such team"),
        (("team", "quotas", "nobody"), "there is no such team"),
        (("team", "members", "--team", "nobody"), "there is no such team"),
        (("team", "remove-member", "nobody"), "no such member"),
        (("token", "create", "Ada", "--member", "nobody"), "/member: the team has no such member"),
        (("audit", "--action", "sing"), "/query/action"),
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
