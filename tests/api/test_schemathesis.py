"""The whole OpenAPI document against the service, as each kind of caller, by Schemathesis.

Generated requests, valid and not: none may be answered with a server error, with what the document
does not tell of, or accepted though the document forbids it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
import requests
import schemathesis
from fastapi import FastAPI
from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation

from service.api.public import install_public
from service.operations.drain import Drain
from service.team.access import Role, create_token
from tests.api.served import NOBODY_THERE, SPEC, Dispatcher, Served, serving

# Schemathesis names its cases by the `random` module.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"
)

CALLERS = ("nobody", "viewer", "editor", "admin", "other team's admin")
WRITERS = ("editor", "admin")

numbers = count()


def described() -> dict[str, Any]:
    app = FastAPI(title="tclsearch")
    install_public(app, Drain())
    return app.openapi()


DOCUMENT = described()


@dataclass
class House:
    """A service with one of each thing, and a caller of each kind."""

    served: Served
    sessions: dict[str, requests.Session] = field(init=False)
    standing: dict[str, Any] = field(init=False)
    """Things that no case changes, by the name of their path parameter."""

    def __post_init__(self) -> None:
        self.root = self.served.person(Role.ADMIN)
        job_id = self.job()
        runner = Dispatcher.of(self.served).claim(job_id)
        runner.complete_all([(0.9, 0.5), (0.8, 0.4)])
        runner.fail()
        runner.finish("budget_spent")
        (model, *_) = self.root.get(f"/jobs/{job_id}/front").json()["models"]
        self.root.post("/teams", json={"name": "spare"}).raise_for_status()
        self.standing = {
            "job_id": job_id,
            "number": 0,
            "model_id": model["id"],
            "team": "spare",
            "name": self.member(),
            "token_id": self.token(),
            "webhook_id": self.webhook(),
            "sha256": "0" * 64,
        }
        clients = {
            "nobody": self.served.client(),
            "viewer": self.served.person(Role.VIEWER),
            "editor": self.served.person(Role.EDITOR),
            "admin": self.served.person(Role.ADMIN),
            "other team's admin": self.served.person(Role.ADMIN, team="others"),
        }
        self.sessions = {}
        for caller, client in clients.items():
            session = self.sessions[caller] = requests.Session()
            session.trust_env = False
            if token := client.headers.get("Authorization"):
                session.headers["Authorization"] = token

    def job(self) -> str:
        job_id: str = self.root.post("/jobs", json=SPEC).raise_for_status().json()["id"]
        return job_id

    def token(self) -> str:
        with self.served.parts.database.write() as session:
            at = self.served.parts.clock.now(session)
            return create_token(session, name="Bob", team="default", role=Role.VIEWER, at=at)[0].id

    def member(self) -> str:
        body = {"name": f"Bob {next(numbers)}", "role": "viewer"}
        self.root.post("/teams/spare/members", json=body).raise_for_status()
        return body["name"]

    def webhook(self) -> str:
        for old in self.root.get("/webhooks").json()["items"][5:]:
            self.root.delete(f"/webhooks/{old['id']}").raise_for_status()
        made = self.root.post("/webhooks", json={"url": NOBODY_THERE}).raise_for_status()
        webhook_id: str = made.json()["id"]
        return webhook_id

    def aim(self, caller: str, case: Case) -> None:
        """Have a case lead to things that are there, and to new ones where it may change them."""
        if case.meta is not None and case.meta.is_negative_at(ParameterLocation.PATH):
            return
        makers: dict[str, Callable[[], str]] = {}
        if case.method != "GET" and caller in WRITERS:
            makers = {
                "job_id": self.job,
                "name": self.member,
                "token_id": self.token,
                "webhook_id": self.webhook,
            }
        for name in case.path_parameters:
            case.path_parameters[name] = makers[name]() if name in makers else self.standing[name]

    def check(self, caller: str, case: Case) -> None:
        self.aim(caller, case)
        case.call_and_validate(self.served.url, self.sessions[caller], timeout=30)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    # What is asked for is read to its end, which streams of lists have in the fullness of time alone.
    with serving(tmp_path_factory.mktemp("data"), list_stream_seconds=0.1) as served:
        house = House(served)
        yield house
        for session in house.sessions.values():
            session.close()


def suite(caller: str, examples: int, *, coverage: str = "") -> Callable[..., None]:
    """A test per operation: so many random requests each, and every boundary of some schemas.

    coverage: a pattern of operations, as `POST /api/v1/jobs`.
    """
    config = schemathesis.Config.from_dict(
        {
            "seed": 1,
            "suppress-health-check": ["all"],
            "generation": {"deterministic": True, "max-examples": examples},
            "phases": {"coverage": {"enabled": False}, "stateful": {"enabled": False}},
            "operations": [
                {"include-name-regex": coverage, "phases": {"coverage": {"enabled": True}}}
            ]
            if coverage
            else [],
            # A spec may be well-formed and yet impossible.
            "checks": {"positive_data_acceptance": {"enabled": False}},
        }
    )
    schema = schemathesis.openapi.from_dict(DOCUMENT, config=config)

    @schema.parametrize()
    def test(house: House, case: Case) -> None:
        house.check(caller, case)

    return test


def at_length(caller: str) -> Callable[..., None]:
    test = suite(caller, 60, coverage=".*")
    return pytest.mark.timeout(1200)(pytest.mark.slow(test))


# Each boundary of a spec is some thousand requests.
ALL_BUT_SPECS = "^(?!POST /api/v1/jobs$)"

test_nobody = suite("nobody", 2)
test_viewer = suite("viewer", 2)
test_editor = suite("editor", 3)
test_admin = suite("admin", 3, coverage=ALL_BUT_SPECS)
test_other_team = suite("other team's admin", 2)

test_nobody_at_length = at_length("nobody")
test_viewer_at_length = at_length("viewer")
test_editor_at_length = at_length("editor")
test_admin_at_length = at_length("admin")
test_other_team_at_length = at_length("other team's admin")
