"""The internal protocol over real HTTP: dispatcher and runner against a whole service."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.protocol import (
    PROTOCOL_VERSION,
    BeatReply,
    Claim,
    ClaimReply,
    Hello,
    HelloReply,
    Latencies,
    Orders,
    Records,
    RecordsReply,
    new_runner_token,
)
from service.settings import MIB
from tests.api.served import Served, serving
from tests.factories import add_job, digest, latency, measure, model, report, reserve, start, stop

WEIGHTS = b"safe tensors"


@dataclass
class Wire:
    """Both ends that speak the internal protocol."""

    served: Served

    def dispatcher(self) -> httpx.Client:
        token = (self.served.data_dir / "dispatcher-token").read_text().strip()
        return self.served.client(token, "/dispatch")

    def runner(self, claim: Claim) -> httpx.Client:
        return self.served.client(claim.runner_token, f"/runner/jobs/{claim.job_id}")

    def post(self) -> str:
        parts = self.served.parts
        with parts.database.write() as session:
            return add_job(session, parts.clock.now(session)).id

    def claim(self) -> Claim:
        """A new job in the hands of a runner that has not said hello."""
        self.post()
        dispatcher = self.dispatcher()
        dispatcher.post("/beat", json=BEAT).raise_for_status()
        claim = ClaimReply.model_validate_json(
            dispatcher.post("/claim", json=CLAIM).raise_for_status().content
        ).claim
        assert claim is not None
        return claim

    def running(self) -> tuple[Claim, httpx.Client]:
        claim = self.claim()
        runner = self.runner(claim)
        runner.post("/hello", json={"epoch": claim.epoch, "runner": "me"}).raise_for_status()
        return claim, runner

    def lose(self, claim: Claim) -> None:
        body = {"dispatcher": "d", "epoch": claim.epoch, "detail": "killed"}
        reply = self.dispatcher().post(f"/jobs/{claim.job_id}/lost", json=body)
        assert (reply.status_code, reply.content) == (204, b"")


BEAT: dict[str, Any] = {
    "dispatcher": "d",
    "cluster": "c",
    "nodes": [{"cpus": 500, "gpus": 1}],
}
CLAIM = {"dispatcher": "d", "cluster": "c"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def wire(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Wire]:
    url = None
    if request.param == "postgresql":
        create: Callable[[str], str] = request.getfixturevalue("postgresql")
        url = create("routes")
    with serving(tmp_path_factory.mktemp("data"), url) as served:
        yield Wire(served)


def problem(reply: httpx.Response) -> tuple[int, str]:
    assert reply.headers["content-type"] == "application/problem+json"
    return reply.status_code, reply.json()["code"]


def stored_files(wire: Wire) -> list[Path]:
    return [path for path in (wire.served.data_dir / "artifacts").rglob("*") if path.is_file()]


def test_a_job_from_claim_to_finish(wire: Wire) -> None:
    claim = wire.claim()
    runner = wire.runner(claim)
    hello = HelloReply.model_validate_json(
        runner.post("/hello", json={"epoch": 1, "runner": "node-1:7"}).raise_for_status().content
    )
    assert (hello.spec["name"], hello.dataset.key, hello.trials) == ("digits", "digits", ())
    held = BeatReply.model_validate_json(wire.dispatcher().post("/beat", json=BEAT).content).held
    assert (claim.job_id, claim.handle, "running") in {(h.job_id, h.handle, h.state) for h in held}

    sha256 = digest(WEIGHTS.decode())
    assert runner.put(f"/artifacts/{sha256}", content=WEIGHTS).status_code == 204
    assert runner.get(f"/artifacts/{sha256}").content == WEIGHTS
    end = stop(0, model(sha256, accuracy=0.5))
    records = Records(epoch=1, records=(reserve(0), start(0), measure(0), report(0, 1), end))
    for _ in range(2):
        reply = runner.post("/records", content=records.model_dump_json()).raise_for_status()
        answer = RecordsReply.model_validate_json(reply.content)
        assert answer.latencies == {0: latency()}
    orders = Orders.model_validate_json(runner.post("/renew", json={"epoch": 1}).content)
    assert orders.trials == answer.orders.trials == 24

    finish = {"epoch": 1, "reason": "budget_spent"}
    for _ in range(2):
        assert runner.post("/finish", json=finish).status_code == 204
    person = wire.served.person()
    front = person.get(f"/jobs/{claim.job_id}/front").json()
    assert [m["checkpoint"]["sha256"] for m in front["models"]] == [sha256]


def test_a_runner_is_told_what_was_measured_before(wire: Wire) -> None:
    claim, runner = wire.running()
    known, unknown = reserve(0).architecture_digest, digest("never measured")
    records = Records(epoch=1, records=(reserve(0), start(0), measure(0)))
    runner.post("/records", content=records.model_dump_json()).raise_for_status()
    asked = {"epoch": claim.epoch, "digests": [known, unknown]}
    reply = runner.post("/latencies", json=asked).raise_for_status()
    assert Latencies.model_validate_json(reply.content).latencies == {known: latency()}
    runner.post("/finish", json={"epoch": claim.epoch, "reason": "runner_error"})
    assert problem(runner.post("/latencies", json=asked)) == (409, "stale_epoch")


def test_records_renew_the_lease(wire: Wire) -> None:
    claim, runner = wire.running()
    database = wire.served.parts.database

    def lease() -> Any:
        with database.read() as session:
            return (
                session.connection()
                .exec_driver_sql(f"SELECT lease_until FROM jobs WHERE id = '{claim.job_id}'")
                .scalar_one()
            )

    before = lease()
    runner.post("/records", json={"epoch": 1, "records": []}).raise_for_status()
    assert lease() > before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/hello", {"runner": "me"}),
        ("/renew", {}),
        ("/records", {"records": []}),
        ("/finish", {"reason": "budget_spent"}),
    ],
)
def test_an_epoch_that_is_over_is_answered_409(
    wire: Wire, path: str, body: dict[str, Any]
) -> None:
    claim, runner = wire.running()
    # The token decides; a message that names another epoch than it is no better than a late one.
    reply = runner.post(path, json={"epoch": claim.epoch + 1, **body})
    assert problem(reply) == (409, "stale_epoch")
    wire.lose(claim)
    reply = runner.post(path, json={"epoch": claim.epoch, **body})
    assert problem(reply) == (409, "stale_epoch")


def test_an_artifact_of_an_epoch_that_is_over_is_refused_both_ways(wire: Wire) -> None:
    claim, runner = wire.running()
    sha256 = digest("of a stale runner")
    wire.lose(claim)
    before = stored_files(wire)
    path = f"/artifacts/{sha256}"
    assert problem(runner.put(path, content=b"of a stale runner")) == (409, "stale_epoch")
    assert problem(runner.get(path)) == (409, "stale_epoch")
    assert stored_files(wire) == before


def test_a_job_lost_in_the_middle_of_an_upload_keeps_none_of_it(wire: Wire) -> None:
    claim, runner = wire.running()
    before = stored_files(wire)

    def body() -> Iterator[bytes]:
        yield b"first half"
        # The service has let the runner in once the bytes have a place.
        while stored_files(wire) == before:
            pass
        wire.lose(claim)
        yield b"second half"

    reply = runner.put(f"/artifacts/{digest('first halfsecond half')}", content=body())
    assert problem(reply) == (409, "stale_epoch")
    assert stored_files(wire) == before


def test_bytes_that_do_not_hash_to_their_name_are_refused(wire: Wire) -> None:
    _, runner = wire.running()
    before = stored_files(wire)
    reply = runner.put(f"/artifacts/{digest('other')}", content=b"these")
    assert problem(reply) == (422, "digest_mismatch")
    assert problem(runner.get(f"/artifacts/{digest('other')}")) == (404, "not_found")
    assert runner.put("/artifacts/ABC", content=b"x").status_code == 422
    assert stored_files(wire) == before


def test_a_flipped_byte_is_never_served(wire: Wire) -> None:
    _, runner = wire.running()
    sha256 = digest("sound")
    runner.put(f"/artifacts/{sha256}", content=b"sound").raise_for_status()
    path = next(path for path in stored_files(wire) if path.name == sha256)
    path.write_bytes(b"sounD")
    assert problem(runner.get(f"/artifacts/{sha256}")) == (500, "corrupt_artifact")
    runner.put(f"/artifacts/{sha256}", content=b"sound").raise_for_status()
    assert runner.get(f"/artifacts/{sha256}").content == b"sound"


def test_a_larger_artifact_than_the_limit_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        _, runner = Wire(served).running()
        chunks = (b"x" * MIB for _ in range(served.parts.settings.artifact_max_bytes // MIB + 1))
        reply = runner.put(f"/artifacts/{digest('large')}", content=chunks)
        assert problem(reply) == (413, "too_large")
        assert stored_files(Wire(served)) == []


def test_each_token_opens_its_own_doors_alone(wire: Wire) -> None:
    claim, _ = wire.running()
    other, _ = wire.running()
    admin = (wire.served.data_dir / "admin-token").read_text().strip()
    renew = f"/runner/jobs/{claim.job_id}/renew"
    dispatcher = (wire.served.data_dir / "dispatcher-token").read_text().strip()
    expected = [
        (None, renew, 401),
        (admin, renew, 401),
        (dispatcher, renew, 401),
        (claim.runner_token[:-1] + "!", renew, 401),
        (other.runner_token, renew, 403),
        (claim.runner_token, renew, 200),
        (None, "/dispatch/beat", 401),
        ("nonsense", "/dispatch/beat", 401),
        (claim.runner_token, "/dispatch/beat", 401),
        (admin, "/dispatch/beat", 403),
        (dispatcher, "/dispatch/beat", 200),
    ]
    for token, path, status in expected:
        body = BEAT if path == "/dispatch/beat" else {"epoch": claim.epoch}
        reply = wire.served.client(token).post(path, json=body)
        assert reply.status_code == status, (token, path)
        if status == 401:
            assert reply.headers["www-authenticate"] == "Bearer"
    assert wire.served.client(dispatcher).get("/jobs").status_code == 403
    assert wire.served.client(claim.runner_token).get("/jobs").status_code == 401


def test_the_claims_token_is_void_once_the_runner_has_one_of_its_own(wire: Wire) -> None:
    claim = wire.claim()
    own = new_runner_token(claim.job_id, claim.epoch)
    path = f"/runner/jobs/{claim.job_id}"
    hello = Hello(epoch=1, runner="me", token_sha256=hashlib.sha256(own.encode()).hexdigest())
    for _ in range(2):
        wire.runner(claim).post("/hello", json=hello.model_dump()).raise_for_status()
    statuses = [
        wire.served.client(token, path).post("/renew", json={"epoch": 1}).status_code
        for token in (claim.runner_token, own)
    ]
    assert statuses == [401, 200]


@pytest.mark.parametrize("path", ["/dispatch/beat", "/runner/jobs/{job_id}/hello"])
def test_another_version_of_the_protocol_is_answered_409(wire: Wire, path: str) -> None:
    claim = wire.claim()
    token = (wire.served.data_dir / "dispatcher-token").read_text().strip()
    if "runner" in path:
        token = claim.runner_token
    # A later version may well have fields that this one does not know.
    body = {"protocol": PROTOCOL_VERSION + 1, "news": True}
    reply = wire.served.client(token).post(path.format(job_id=claim.job_id), json=body)
    assert problem(reply) == (409, "protocol_version")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{", ""),
        (b'{"epoch": 1, "records": [], "more": 1}', "/more"),
        (b'{"epoch": 0, "records": []}', "/epoch"),
        (b'{"epoch": 1, "records": [{"kind": "start", "number": -1, "attempt": 1}]}', "number"),
        (b'{"epoch": 1, "records": [{"kind": "start", "number": 0, "attempt": 0}]}', "attempt"),
        (b'{"epoch": 1, "records": [{"kind": "unheard of"}]}', "/records/0"),
    ],
)
def test_a_message_that_is_none_is_answered_422(wire: Wire, body: bytes, pointer: str) -> None:
    _, runner = wire.running()
    reply = runner.post("/records", content=body)
    assert problem(reply) == (422, "invalid")
    assert reply.json()["errors"][0]["pointer"].endswith(pointer)


def test_a_contradiction_is_answered_409_with_its_code(wire: Wire) -> None:
    _, runner = wire.running()
    gap = Records(epoch=1, records=(reserve(1),)).model_dump_json()
    assert problem(runner.post("/records", content=gap)) == (409, "gap")


def test_the_internal_routes_are_no_part_of_the_public_description(wire: Wire) -> None:
    document = httpx.get(f"{wire.served.url}/openapi.json", trust_env=False).json()
    assert not [path for path in document["paths"] if "runner" in path or "dispatch" in path]
