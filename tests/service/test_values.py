"""The small pure parts: ids, settings, errors, and the lifecycle's two tables."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import StaleEpoch, Unauthorized, Unavailable
from service.ids import (
    new_job_id,
    new_model_id,
    new_token_id,
    parse_handle,
    print_handle,
)
from service.lifecycle import (
    JOB_MOVES,
    OWNED,
    TERMINAL,
    TRIAL_MOVES,
    TRIAL_TERMINAL,
    IllegalMove,
    JobReason,
    JobState,
    TrialReason,
    TrialState,
    job_state_after,
    require_job_move,
    require_trial_move,
    trial_state_after,
)
from service.settings import Settings

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2200, 1, 1)), st.integers(1, 10**9))  # noqa: DTZ001  hypothesis takes naive bounds
def test_ids_sort_by_time_to_the_microsecond(naive: datetime, later: int) -> None:
    at = naive.replace(tzinfo=UTC)
    assert new_job_id(at) < new_job_id(at + timedelta(microseconds=later))


def test_ids_are_uuids_of_version_7_that_say_what_they_name() -> None:
    for make, prefix in ((new_job_id, "job_"), (new_model_id, "mdl_"), (new_token_id, "tok_")):
        identifier = make(NOON)
        assert identifier.startswith(prefix)
        uuid = UUID(identifier.removeprefix(prefix))
        assert (uuid.version, uuid.variant) == (7, "specified in RFC 4122")
        assert uuid.int >> 80 == NOON.timestamp() * 1000
        assert make(NOON) != identifier


def test_a_handle_is_read_as_it_was_printed() -> None:
    job_id = new_job_id(NOON)
    assert parse_handle(print_handle(job_id, 3)) == (job_id, 3)
    assert print_handle(job_id, 3) == f"tclsearch-{job_id}-e3"


@pytest.mark.parametrize("text", ["", "tclsearch-job_1-e1", "raysubmit_x", "tclsearch--e1"])
def test_what_is_no_handle_of_ours_is_nobodys(text: str) -> None:
    assert parse_handle(text) is None
    assert parse_handle(print_handle(new_job_id(NOON), 1) + "0 ") is None


def test_settings_come_from_the_environment_behind_what_is_given() -> None:
    environment = {
        "TCLSEARCH_DATA_DIR": "/data",
        "TCLSEARCH_LEASE_SECONDS": "30",
        "TCLSEARCH_ARTIFACT_MAX_BYTES": "1000",
        "TCLSEARCH_DATABASE_URL": "postgresql://db",
        "TCLSEARCH_UNKNOWN": "x",
    }
    settings = Settings.from_environment(environment, lease_seconds=60.0, database_url=None)
    assert settings.data_dir == Path("/data")
    assert (settings.lease_seconds, settings.artifact_max_bytes) == (60.0, 1000)
    assert settings.url == "postgresql://db"
    assert Settings(data_dir=Path("/data")).url == "sqlite:////data/tclsearch.db"


@pytest.mark.parametrize(
    "environment", [{}, {"TCLSEARCH_DATA_DIR": "/data", "TCLSEARCH_LEASE_SECONDS": "long"}]
)
def test_settings_that_make_no_sense_are_refused(environment: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="TCLSEARCH_"):
        Settings.from_environment(environment)


def test_errors_tell_clients_what_to_do() -> None:
    assert Unauthorized().headers == {"WWW-Authenticate": "Bearer"}
    assert Unavailable("away", retry_after=7).headers == {"Retry-After": "7"}
    stale = StaleEpoch("job_1", 2)
    assert (stale.status, stale.code) == (409, "stale_epoch")


@pytest.mark.parametrize("reason", JobReason)
def test_a_runner_can_leave_a_running_job_for_every_reason(reason: JobReason) -> None:
    require_job_move(JobState.RUNNING, job_state_after(reason))


@pytest.mark.parametrize("reason", TrialReason)
def test_a_running_trial_can_stop_for_every_reason(reason: TrialReason) -> None:
    require_trial_move(TrialState.RUNNING, trial_state_after(reason))


def test_what_has_ended_stays_so_but_for_a_persons_wish() -> None:
    assert {state for state in JobState if JOB_MOVES[state] == {JobState.QUEUED}} == TERMINAL
    assert {state for state in TrialState if not TRIAL_MOVES[state]} == TRIAL_TERMINAL
    for state in TERMINAL:
        with pytest.raises(IllegalMove):
            require_job_move(state, JobState.RUNNING)


def test_only_a_claim_leads_into_a_runners_hands() -> None:
    ways_in = {
        (old, new)
        for old, moves in JOB_MOVES.items()
        for new in moves
        if old not in OWNED and new in OWNED
    }
    assert ways_in == {(JobState.QUEUED, JobState.STARTING)}
