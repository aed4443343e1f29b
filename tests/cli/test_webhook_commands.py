"""`tclsearch webhook` against a real service and a real receiver."""

from collections.abc import Iterator

import pytest

from tests.api.served import NOBODY_THERE, Served, serving
from tests.cli.test_access_commands import Said
from tests.receiver import receiving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("data")) as served:
        yield served


def test_a_webhook_is_made_tried_listed_and_deleted(served: Served):
    said = Said(served)
    with receiving() as receiver:
        kinds = ("--event", "front.changed", "--event", "job.state")
        secret, told = said("webhook", "create", receiver.url(), *kinds)
        webhook_id = told.partition(":")[0]
        assert said("webhook", "test", webhook_id) == ("", "")
        (received,) = receiver.received
        assert received.is_signed_by(secret.strip())
    listed = said("webhook", "list")[0]
    assert webhook_id in listed
    assert "front.changed, job.state" in listed
    assert secret.strip() not in listed
    assert "not delivered: no answer" in said("webhook", "test", webhook_id, status=1)[1]
    assert said("webhook", "delete", webhook_id) == ("", "")
    assert webhook_id not in said("webhook", "list")[0]


def test_what_is_refused_says_why(served: Served):
    said = Said(served)
    for arguments, message in (
        (("create", NOBODY_THERE.replace("127.0.0.1", "10.0.0.1")), "does not allow this host"),
        (("delete", "whk_nope"), "there is no such webhook"),
    ):
        out, error = said("webhook", *arguments, status=1)
        assert out == ""
        assert message in error
