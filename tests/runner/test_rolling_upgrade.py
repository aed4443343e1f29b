"""The control plane is upgraded first: runners and dispatchers of before go on, and newer words pass."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from service import protocol
from service.protocol import PROTOCOL_VERSION, Beat, Wire
from tests.runner.builders import orders
from tests.runner.test_control_plane import Server
from workers.control_plane import Connection, DispatcherClient, Retry, RunnerClient

FIRST = json.loads((Path(__file__).parent / "protocol_1.json").read_text())
"""The fields of each message of version 1 as it was first kept, and whether they must be there."""

CURRENT = {
    name: {field: info.is_required() for field, info in message.model_fields.items()}
    for name, message in vars(protocol).items()
    if isinstance(message, type) and issubclass(message, Wire) and message is not Wire
}


@pytest.mark.parametrize("message", sorted(FIRST))
def test_a_message_of_version_1_is_understood_for_as_long_as_it_is_spoken(message: str) -> None:
    assert PROTOCOL_VERSION == 1, "keep the new version's messages too, and say what becomes of 1"
    first, current = FIRST[message], CURRENT[message]
    assert first.keys() <= current.keys(), "a field was dropped"
    missing = {field for field, required in current.items() if required and not first.get(field)}
    assert missing == set(), "an earlier sender does not send these"


def test_every_message_is_kept() -> None:
    assert CURRENT.keys() - FIRST.keys() == set(), "add new messages to protocol_1.json"


def test_a_newer_control_plane_may_tell_more() -> None:
    held = {"job_id": "job_1", "epoch": 1, "handle": "h", "state": "running", "desired": "run"}
    newer = {"held": [{**held, "new": 1}], "new": {"deep": True}}
    answers = (200, {**orders().model_dump(mode="json"), "new": 1}), (200, newer)
    with (
        closing(Server(*answers)) as server,
        closing(Connection(server.url, "secret", Retry(1.0))) as connection,
    ):
        assert RunnerClient(connection, "job_1", 1).renew() == orders()
        beat = Beat(dispatcher="d", cluster="c", nodes=())
        (told,) = DispatcherClient(connection).beat(beat).held
    assert told.job_id == "job_1"
